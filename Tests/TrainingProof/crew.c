// The threads of a training: each piece of each phase is done once, also where threads have fallen asleep, and a child after a fork does
// all of them by itself.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nntraining.h"

enum { MOST = 9, PIECES = 40, PHASES = 20000 };

static size_t done[PIECES];
// Written by one thread at a time, if each has a number of its own.
static size_t of_thread[MOST];

static void count(void *context, size_t thread, size_t piece) {
  (void)context;
  done[piece] += 1;
  of_thread[thread] += 1;
}

static size_t sum(const size_t *counts, size_t length) {
  size_t total = 0;
  for (size_t i = 0; i < length; i++) total += counts[i];
  return total;
}

static int fail(const char *what, size_t threads) {
  fprintf(stderr, "crew: %s, %zu threads\n", what, threads);
  return 1;
}

int main(void) {
  for (size_t threads = 1; threads <= MOST; threads++) {
    nnk_crew *crew;
    if (nnk_crew_make(threads, threads % 3 > 0, &crew)) return fail("cannot be made", threads);
    memset(done, 0, sizeof done);
    memset(of_thread, 0, sizeof of_thread);
    size_t expected[PIECES] = {0};
    for (size_t phase = 0; phase < PHASES; phase++) {
      const size_t pieces = 1 + phase * 7 % PIECES;
      for (size_t piece = 0; piece < pieces; piece++) expected[piece] += 1;
      nnk_crew_run(crew, pieces, count, NULL);
      if (phase % (PHASES / 4) == 0) usleep(2000);
    }
    if (memcmp(done, expected, sizeof done)) return fail("a piece was left out, or done twice", threads);
    if (sum(of_thread, threads) != sum(expected, PIECES)) return fail("two threads had the same number", threads);
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      nnk_crew_run(crew, PIECES, count, NULL);
      nnk_crew_end(crew);
      for (size_t piece = 0; piece < PIECES; piece++)
        if (done[piece] != expected[piece] + 1) _exit(1);
      _exit(0);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return fail("a child does not do its phase", threads);
    nnk_crew_end(crew);
  }
  // Some threads are late for a phase that is over before they look, and for the end.
  alarm(100);
  for (size_t round = 0; round < PHASES / 2; round++) {
    nnk_crew *crew;
    if (nnk_crew_make(2 + round % (MOST - 1), round % 3 > 0, &crew)) return fail("cannot be made", 2 + round % (MOST - 1));
    nnk_crew_run(crew, 1 + round % 5, count, NULL);
    nnk_crew_end(crew);
  }
  return 0;
}
