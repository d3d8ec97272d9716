// A scorer for each of several threads, one scorer for all of them, and a child after a fork: the scores are those of one thread.
//
//   threads MODEL    a model file of rows of bytes
#define _GNU_SOURCE
#include <nnscore.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 200, ROWS = 60000 };

static nnscore_model *model;
static uint8_t *rows;
static float *expected;
static size_t features, outputs;
static nnscore_scorer *shared;

static void fail(const char *what) {
  fprintf(stderr, "threads: %s\n", what);
  _exit(1);
}

static void *score_alone(void *argument) {
  nnscore_error error;
  nnscore_scorer *scorer;
  const size_t index = (size_t)argument;
  float *scores = malloc(ROWS * outputs * sizeof *scores);
  if (!scores || nnscore_scorer_make(model, 1 + index % 2, &scorer, &error)) fail("scorer");
  for (size_t round = 0; round < ROUNDS; round++) {
    const size_t start = (round * 37 + index * 101) % 1000, count = 1 + round % 90;
    if (nnscore_score_uint8(scorer, rows + start * features, count, scores, count * outputs, &error)) fail(error.message);
    if (memcmp(scores, expected + start * outputs, count * outputs * sizeof *scores) != 0) fail("other scores");
  }
  nnscore_scorer_free(scorer);
  free(scores);
  return NULL;
}

// Whoever finds the scorer in use is told so; whoever does not has the right scores.
static void *score_shared(void *argument) {
  nnscore_error error;
  size_t *scored = argument;
  float *scores = malloc(1000 * outputs * sizeof *scores);
  if (!scores) fail("memory");
  for (size_t round = 0; round < ROUNDS; round++) {
    const size_t count = 1000;
    const nnscore_status status = nnscore_score_uint8(shared, rows, count, scores, count * outputs, &error);
    if (status == NNSCORE_SCORER_IN_USE) continue;
    if (status != NNSCORE_OK) fail(error.message);
    if (memcmp(scores, expected, count * outputs * sizeof *scores) != 0) fail("other scores of a shared scorer");
    *scored += 1;
  }
  free(scores);
  return NULL;
}

static void run(void *(*function)(void *), void *arguments[THREADS]) {
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, function, arguments[i])) fail("no thread");
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void score_all(nnscore_scorer *scorer) {
  nnscore_error error;
  float *scores = malloc(ROWS * outputs * sizeof *scores);
  if (!scores) fail("memory");
  if (nnscore_score_uint8(scorer, rows, ROWS, scores, ROWS * outputs, &error)) fail(error.message);
  if (memcmp(scores, expected, ROWS * outputs * sizeof *scores) != 0) fail("other scores on two threads");
  free(scores);
}

int main(int argc, char **argv) {
  nnscore_error error;
  nnscore_scorer *scorer, *two;
  if (argc != 2) return 64;
  if (nnscore_model_open(argv[1], &model, &error) || nnscore_scorer_make(model, 1, &scorer, &error) ||
      nnscore_scorer_make(model, 2, &two, &error) || nnscore_scorer_make(model, 1, &shared, &error))
    fail(error.message);
  features = nnscore_model_features(model);
  outputs = nnscore_model_outputs(model);
  rows = malloc(ROWS * features);
  expected = malloc(ROWS * outputs * sizeof *expected);
  if (!rows || !expected) fail("memory");
  for (size_t i = 0; i < ROWS * features; i++) rows[i] = (uint8_t)(i * 2654435761u >> 13);
  if (nnscore_score_uint8(scorer, rows, ROWS, expected, ROWS * outputs, &error)) fail(error.message);
  score_all(two);

  run(score_alone, (void *[THREADS]){(void *)0, (void *)1, (void *)2, (void *)3});
  size_t scored[THREADS] = {0};
  run(score_shared, (void *[THREADS]){&scored[0], &scored[1], &scored[2], &scored[3]});
  if (scored[0] + scored[1] + scored[2] + scored[3] == 0) fail("a shared scorer never scored");

  // The child's threads are made anew, and freed there; the parent's live on.
  const pid_t child = fork();
  if (child == 0) {
    score_all(two);
    score_all(scorer);
    nnscore_scorer_free(two);
    nnscore_scorer_free(scorer);
    nnscore_model_close(model);
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) fail("the child of a fork does not score");
  // Models may be closed first.
  nnscore_model_close(model);
  score_all(two);
  nnscore_scorer_free(two);
  nnscore_scorer_free(scorer);
  nnscore_scorer_free(shared);
  free(rows);
  free(expected);
  return 0;
}
