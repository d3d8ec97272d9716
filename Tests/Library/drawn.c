// The networks of Tests/SameBits/drawing.h through libnnscore: as model files, which the bridge of Tests/EmbeddedProof writes.
#include "../EmbeddedProof/drawn.h"

#include <nnscore.h>
#include <stdio.h>
#include <stdlib.h>

#include "../EmbeddedProof/proof.h"

// A network as models for rows of both types; for bytes NULL where its first layer in 8 bits does not take them as they are.
typedef struct scorers {
  nnscore_scorer *bytes;
  nnscore_scorer *floats;
  size_t inputs;
  size_t outputs;
} scorers;

enum { MOST_BYTES = 64 << 20 };

static nnscore_error error;

static void fail(const char *what) {
  fprintf(stderr, "library: %s: %s (%s)\n", what, error.message, nnscore_status_text(error.code));
  exit(1);
}

static nnscore_scorer *make(const network *network, int32_t form, int64_t threads) {
  void *parts = nnproof_begin((int64_t)network->height, (int64_t)network->width, (int64_t)network->channels, network->mean,
                              network->deviation, form);
  for (size_t index = 0; parts && index < network->depth; index++) {
    const drawn_layer *layer = &network->layers[index];
    nnproof_add(parts, (int64_t)layer->outputs, layer->activation, layer->weight, layer->bias, layer->weight8,
                layer->weight_scale, layer->input_scale, layer->input_zero_point);
  }
  uint8_t *file = malloc(MOST_BYTES);
  const int64_t count = parts && file ? nnproof_file(parts, file, MOST_BYTES) : 0;
  if (count <= 0 || count > MOST_BYTES) fail("no model file");
  nnscore_model *model;
  if (nnscore_model_open_memory(file, (size_t)count, &model, &error) != NNSCORE_OK) fail("open");
  free(file);
  nnscore_scorer *scorer;
  if (nnscore_scorer_make(model, (size_t)threads, &scorer, &error) != NNSCORE_OK) fail("scorer");
  // A scorer keeps what it needs.
  nnscore_model_close(model);
  return scorer;
}

void *scorer_of(const network *network, bool in_8_bits, int64_t threads) {
  scorers *made = malloc(sizeof *made);
  if (!made) fail("memory");
  made->bytes = in_8_bits && !network->takes_bytes ? NULL : make(network, in_8_bits ? 1 : 0, threads);
  made->floats = make(network, in_8_bits ? 2 : 3, threads);
  made->inputs = network->inputs;
  made->outputs = network->outputs;
  return made;
}

void end_scorer(void *scorer) {
  scorers *made = scorer;
  nnscore_scorer_free(made->bytes);
  nnscore_scorer_free(made->floats);
  free(made);
}

void score_with(void *scorer, size_t m, const uint8_t *bytes, const float *floats, float *scores) {
  static float numbers[MOST_ROWS * MOST_INPUTS];
  const scorers *made = scorer;
  if (bytes && made->bytes) {
    if (nnscore_score_uint8(made->bytes, bytes, m, scores, m * made->outputs, &error) != NNSCORE_OK) fail("score");
    return;
  }
  if (bytes)
    for (size_t x = 0; x < m * made->inputs; x++) numbers[x] = bytes[x];
  if (nnscore_score_float32(made->floats, bytes ? numbers : floats, m, scores, m * made->outputs, &error) != NNSCORE_OK)
    fail("score");
}
