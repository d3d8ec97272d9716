// Counts what a program allocates, on all threads: every way to memory, in place of libc's. Included by one file of it.
#ifndef COUNTING_H
#define COUNTING_H

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_size_t count;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t items, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  count += 1;
  return __libc_malloc(size);
}
void *calloc(size_t items, size_t size) {
  count += 1;
  return __libc_calloc(items, size);
}
void *realloc(void *memory, size_t size) {
  count += 1;
  return __libc_realloc(memory, size);
}
void *memalign(size_t alignment, size_t size) {
  count += 1;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  count += 1;
  return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}

#endif
