// A C program on Inference: opens a model file, scores rows, prints labels and scores as exact hexadecimal numbers.
//
//   proof --example FILE     writes the example model file
//   proof MODEL [ROWS]       scores the rows of a file of raw bytes, or 100 rows of a built-in pattern
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof.h"

static int fail(const char *what, const char *why) {
  fprintf(stderr, "proof: %s: %s\n", what, why);
  return 1;
}

static int write_example(const char *path) {
  uint8_t *bytes = malloc(1 << 20);
  if (!bytes) return fail(path, "out of memory");
  const int64_t count = nnproof_example(bytes, 1 << 20);
  FILE *file = fopen(path, "wb");
  if (!file) return fail(path, "cannot be written");
  const size_t written = fwrite(bytes, 1, (size_t)count, file);
  free(bytes);
  return fclose(file) != 0 || (int64_t)written != count ? fail(path, "cannot be written") : 0;
}

// Reads whole rows from a file, or makes them by a linear congruential generator (MMIX's constants).
static uint8_t *read_rows(const char *path, int64_t features, int64_t *count) {
  if (!path) {
    *count = 100;
    uint8_t *rows = malloc((size_t)(*count * features));
    uint64_t state = 1;
    for (int64_t index = 0; rows && index < *count * features; index++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      rows[index] = (uint8_t)(state >> 56);
    }
    return rows;
  }
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  uint8_t *rows = size > 0 ? malloc((size_t)size) : NULL;
  *count = size / features;
  if (rows && fread(rows, 1, (size_t)size, file) != (size_t)size) {
    free(rows);
    rows = NULL;
  }
  fclose(file);
  return rows;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--example") == 0) return write_example(argv[2]);
  if (argc < 2 || argc > 3) return fail("usage", "proof MODEL [ROWS] or proof --example FILE");

  char message[512];
  void *model = nnproof_open(argv[1], 1, message, sizeof message);
  if (!model) return fail("open", message);
  const int64_t features = nnproof_features(model), outputs = nnproof_outputs(model);
  int64_t count = 0;
  uint8_t *rows = read_rows(argc == 3 ? argv[2] : NULL, features, &count);
  float *scores = calloc((size_t)(count * outputs + 1), sizeof *scores);
  if (!rows || !scores) return fail("rows", "cannot be read");
  if (nnproof_score(model, rows, NULL, count, scores, message, sizeof message)) return fail("score", message);

  for (int64_t index = 0; index < nnproof_label_count(model); index++) {
    nnproof_label(model, index, message, sizeof message);
    printf("label %s\n", message);
  }
  for (int64_t row = 0; row < count; row++)
    for (int64_t output = 0; output < outputs; output++)
      printf("%a%c", (double)scores[row * outputs + output], output + 1 < outputs ? ' ' : '\n');
  free(rows);
  free(scores);
  nnproof_close(model);
  return 0;
}
