// Scores one digit: prints the label, then the bits of each score.
#include <inttypes.h>
#include <nnscore.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *message) {
  fprintf(stderr, "embed-c: %s\n", message);
  return 1;
}

int main(int count, char **arguments) {
  if (count != 3) return fail("usage: embed-c MODEL.safetensors PIXELS");
  uint8_t pixels[64];
  FILE *file = fopen(arguments[2], "rb");
  if (!file || fread(pixels, 1, sizeof pixels, file) != sizeof pixels) return fail("there are no 64 pixels to read");
  fclose(file);

  nnscore_error error;
  nnscore_model *model;
  nnscore_scorer *scorer;
  float scores[10];
  if (nnscore_model_open(arguments[1], &model, &error) != NNSCORE_OK) return fail(error.message);
  if (nnscore_model_features(model) != 64 || nnscore_model_outputs(model) != 10) return fail("not a model of these digits");
  if (nnscore_scorer_make(model, 1, &scorer, &error) != NNSCORE_OK) return fail(error.message);
  if (nnscore_score_uint8(scorer, pixels, 1, scores, 10, &error) != NNSCORE_OK) return fail(error.message);

  const char *label = nnscore_model_label(model, nnscore_model_predicted_label(model, scores));
  printf("%s@%" PRId64 " says %s\n", nnscore_model_name(model), nnscore_model_number(model), label);
  for (int i = 0; i < 10; i++) {
    uint32_t bits;
    memcpy(&bits, &scores[i], sizeof bits);
    printf("%08" PRIx32 "%c", bits, i < 9 ? ' ' : '\n');
  }
  nnscore_scorer_free(scorer);
  nnscore_model_close(model);
}
