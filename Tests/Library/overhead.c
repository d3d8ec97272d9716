// Prints what a call costs where there is next to nothing to compute: one row through 64-64-1.
#define _POSIX_C_SOURCE 200809L
#include <nnscore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../EmbeddedProof/proof.h"

enum { INPUTS = 64, OUTPUTS = 64, CALLS = 2000, ROUNDS = 200 };

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  static float weight[OUTPUTS * INPUTS], bias[OUTPUTS];
  static uint8_t file[1 << 20], row[INPUTS];
  for (int i = 0; i < OUTPUTS * INPUTS; i++) weight[i] = (float)(i % 17 - 8) / 64;
  for (int i = 0; i < INPUTS; i++) row[i] = (uint8_t)(3 * i);
  const double mean = 0, deviation = 1;
  void *parts = nnproof_begin(8, 8, 1, &mean, &deviation, 0);
  if (!parts) return 1;
  nnproof_add(parts, OUTPUTS, 1, weight, bias, NULL, NULL, 0, 0);
  nnproof_add(parts, 1, 4, weight, bias, NULL, NULL, 0, 0);
  const int64_t count = nnproof_file(parts, file, sizeof file);

  nnscore_error error;
  nnscore_model *model;
  nnscore_scorer *scorer;
  if (nnscore_model_open_memory(file, (size_t)count, &model, &error) || nnscore_scorer_make(model, 1, &scorer, &error)) {
    fprintf(stderr, "overhead: %s\n", error.message);
    return 1;
  }
  static double times[ROUNDS];
  float score = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = seconds();
    for (int call = 0; call < CALLS; call++)
      if (nnscore_score_uint8(scorer, row, 1, &score, 1, &error)) return 1;
    times[round] = (seconds() - start) / CALLS;
  }
  qsort(times, ROUNDS, sizeof *times, compare);
  printf("overhead: a call for one row through 64-64-1 takes %.0f ns (median of %d rounds; %s)\n", 1e9 * times[ROUNDS / 2],
         ROUNDS, nnscore_model_instruction_set(model));
  nnscore_scorer_free(scorer);
  nnscore_model_close(model);
  return 0;
}
