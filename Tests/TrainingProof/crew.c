// The threads of a training: each piece of each phase is done once, also where threads have fallen asleep, and a child after a fork does
// all of them by itself.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nntraining.h"

enum { MOST = 9, PHASES = 20000 };

static size_t done[MOST];

static void count(void *context, size_t piece) {
  (void)context;
  done[piece] += 1;
}

static int fail(const char *what, size_t threads) {
  fprintf(stderr, "crew: %s, %zu threads\n", what, threads);
  return 1;
}

int main(void) {
  for (size_t threads = 1; threads <= MOST; threads++) {
    nnk_crew *crew;
    if (nnk_crew_make(threads, &crew)) return fail("cannot be made", threads);
    memset(done, 0, sizeof done);
    size_t expected[MOST] = {0};
    for (size_t phase = 0; phase < PHASES; phase++) {
      const size_t pieces = 1 + phase * 7 % threads;
      for (size_t piece = 0; piece < pieces; piece++) expected[piece] += 1;
      nnk_crew_run(crew, pieces, count, NULL);
      if (phase % (PHASES / 4) == 0) usleep(2000);
    }
    if (memcmp(done, expected, sizeof done)) return fail("a piece was left out, or done twice", threads);
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      nnk_crew_run(crew, threads, count, NULL);
      nnk_crew_end(crew);
      for (size_t piece = 0; piece < threads; piece++)
        if (done[piece] != expected[piece] + 1) _exit(1);
      _exit(0);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return fail("a child does not do its phase", threads);
    nnk_crew_end(crew);
  }
  return 0;
}
