// Opens a model file, tells what it is, and prints the scores of 100 rows of a built-in pattern as exact hexadecimal numbers.
#include <inttypes.h>
#include <nnscore.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  nnscore_error error;
  nnscore_model *model;
  nnscore_scorer *scorer;
  size_t examples;
  if (argc != 2) return 64;
  if (nnscore_model_open(argv[1], &model, &error) || nnscore_model_replay(model, &examples, &error) ||
      nnscore_scorer_make(model, 1, &scorer, &error)) {
    fprintf(stderr, "%d %s\n", error.code, error.message);
    return 1;
  }
  fprintf(stderr, "%s@%" PRId64 " %s, %zu x %zu x %zu, %zu golden examples, %s\n", nnscore_model_name(model),
          nnscore_model_number(model), nnscore_model_digest(model), nnscore_model_height(model), nnscore_model_width(model),
          nnscore_model_channels(model), examples, nnscore_model_instruction_set(model));
  for (size_t index = 0; index < nnscore_model_label_count(model); index++)
    printf("label %s\n", nnscore_model_label(model, index));
  const size_t count = 100, features = nnscore_model_features(model), outputs = nnscore_model_outputs(model);
  uint8_t *rows = malloc(count * features);
  float *scores = malloc(count * outputs * sizeof *scores);
  if (!rows || !scores) return 1;
  uint64_t state = 1;  // MMIX's linear congruential generator.
  for (size_t index = 0; index < count * features; index++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    rows[index] = (uint8_t)(state >> 56);
  }
  if (nnscore_score_uint8(scorer, rows, count, scores, count * outputs, &error)) {
    fprintf(stderr, "%d %s\n", error.code, error.message);
    return 1;
  }
  for (size_t row = 0; row < count; row++)
    for (size_t output = 0; output < outputs; output++)
      printf("%a%c", (double)scores[row * outputs + output], output + 1 < outputs ? ' ' : '\n');
  free(rows);
  free(scores);
  nnscore_scorer_free(scorer);
  nnscore_model_close(model);
  return 0;
}
