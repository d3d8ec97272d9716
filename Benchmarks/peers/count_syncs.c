/* Preloaded into both sides of Benchmarks/store: counts the calls that force data to the disk, and how long they take, in a file
   that the measuring program maps too (SYNC_COUNTS names it: two 64-bit numbers, calls and nanoseconds). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t *counts;

__attribute__((constructor)) static void open_counts(void) {
  const char *path = getenv("SYNC_COUNTS");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *memory = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) counts = memory;
}

static int counted(const char *name, int file) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  int result = next(file);
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (counts) {
    counts[0] += 1;
    counts[1] += (uint64_t)((end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
  }
  return result;
}

int fsync(int file) { return counted("fsync", file); }
int fdatasync(int file) { return counted("fdatasync", file); }
