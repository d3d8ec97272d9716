#include "drawn.h"

#include <stdio.h>
#include <stdlib.h>

#include "proof.h"

static char message[512];

static void fail(void) {
  fprintf(stderr, "proof: %s\n", message);
  exit(1);
}

void *scorer_of(const network *network, bool in_8_bits, int64_t threads) {
  void *parts = nnproof_begin((int64_t)network->height, (int64_t)network->width, (int64_t)network->channels, network->mean,
                              network->deviation, !in_8_bits ? 0 : network->takes_bytes ? 1 : 2);
  for (size_t index = 0; parts && index < network->depth; index++) {
    const drawn_layer *layer = &network->layers[index];
    nnproof_add(parts, (int64_t)layer->outputs, layer->activation, layer->weight, layer->bias, layer->weight8,
                layer->weight_scale, layer->input_scale, layer->input_zero_point);
  }
  void *scorer = parts ? nnproof_finish(parts, threads, message, sizeof message) : NULL;
  if (!scorer) fail();
  return scorer;
}

void end_scorer(void *scorer) { nnproof_close(scorer); }

void score_with(void *scorer, size_t m, const uint8_t *bytes, const float *floats, float *scores) {
  if (nnproof_score(scorer, bytes, floats, (int64_t)m, scores, message, sizeof message) != 0) fail();
}
