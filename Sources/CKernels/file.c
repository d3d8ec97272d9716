// What Inference needs of the operating system. It stands here because Embedded Swift has no module for libc.
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nnkernels.h"

_Static_assert(ENOMEM == NNK_OUT_OF_MEMORY, "what the header says that it is");

int nnk_map_file(const char *path, const void **bytes, size_t *count) {
  *bytes = NULL;
  *count = 0;
  // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno;
  struct stat info;
  int error = 0;
  if (fstat(file, &info) != 0) {
    error = errno;
  } else if (!S_ISREG(info.st_mode)) {
    error = S_ISDIR(info.st_mode) ? EISDIR : NNK_NOT_A_FILE;
  } else if (info.st_size > 0) {
    void *mapped = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) {
      error = errno;
    } else {
      *bytes = mapped;
      *count = (size_t)info.st_size;
    }
  }
  close(file);
  return error;
}

void nnk_unmap_file(const void *bytes, size_t count) {
  if (bytes) munmap((void *)bytes, count);
}

void nnk_prefer_large_pages(void *memory, size_t count) {
#ifdef MADV_HUGEPAGE
  // Where the system refuses, nothing is lost.
  const size_t before = (size_t)(-(uintptr_t)memory % NNK_LARGE_PAGE);
  const size_t whole = count < before ? 0 : (count - before) / NNK_LARGE_PAGE * NNK_LARGE_PAGE;
  if (whole) (void)madvise((char *)memory + before, whole, MADV_HUGEPAGE);
#endif
}

void *nnk_allocate(size_t size, size_t alignment) {
  void *memory = NULL;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

void nnk_free(void *memory) { free(memory); }

bool nnk_has_memory(size_t size) {
  // volatile: without it the compiler would take both calls away, and answer yes.
  void *volatile memory = malloc(size ? size : 1);
  const bool has = memory != NULL;
  free(memory);
  return has;
}

void nnk_error_text(int error, char *buffer, size_t size) {
  if (size == 0) return;
  snprintf(buffer, size, "%s",
           error == NNK_NOT_A_FILE ? "Not a regular file (a pipe, a socket or a device)" : strerror(error));
}

const char *nnk_environment(const char *name) { return getenv(name); }
