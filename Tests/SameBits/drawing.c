#include "drawing.h"

#pragma STDC FP_CONTRACT OFF

uint64_t next(random_numbers *numbers) {
  numbers->state += 0x9e3779b97f4a7c15;
  uint64_t z = numbers->state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

size_t below(random_numbers *numbers, size_t count) { return next(numbers) % count; }

double unit(random_numbers *numbers) { return (double)(next(numbers) >> 11) * 0x1p-53; }

float signed_unit(random_numbers *numbers) {
  return (float)((int32_t)(next(numbers) >> 40) - (1 << 23)) * 0x1p-23f;
}

float of_bits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}

// --- Networks --------------------------------------------------------------------------------------------------------

static network drawn;
static float weights[MOST_WEIGHTS], biases[MOST_DEPTH * MOST_OUTPUTS], scales[MOST_DEPTH * MOST_OUTPUTS];
static int8_t weights8[MOST_WEIGHTS];
static uint8_t bytes[MOST_ROWS * MOST_INPUTS];
static float floats[MOST_ROWS * MOST_INPUTS];

static void draw_layers(random_numbers *numbers) {
  enum { SIGMOID = 4, SOFTMAX = 5 };
  drawn.depth = 1 + below(numbers, MOST_DEPTH);
  for (size_t index = 0; index < drawn.depth; index++) {
    drawn_layer *layer = &drawn.layers[index];
    const size_t kind = below(numbers, 16);
    const size_t most = kind == 0 ? MOST_OUTPUTS : kind <= 4 ? 200 : 40;
    layer->outputs = 1 + below(numbers, most);
    layer->activation = (int)below(numbers, index + 1 == drawn.depth ? 6 : 5);
    if (layer->activation == SOFTMAX && layer->outputs == 1) layer->activation = SIGMOID;
  }
  drawn.outputs = drawn.layers[drawn.depth - 1].outputs;
  // Some have weights so small that they, and what they give, are subnormal.
  const int tiny = below(numbers, 8) == 0 ? 130 : 0;
  float *weight = weights, *bias = biases;
  size_t inputs = drawn.inputs;
  for (size_t index = 0; index < drawn.depth; index++) {
    drawn_layer *layer = &drawn.layers[index];
    float factor = 1;
    for (size_t left = inputs; left >= 4; left /= 4) factor = factor * 0.5f;
    for (int halving = 0; halving < tiny; halving++) factor = factor * 0.5f;
    layer->weight = weight;
    layer->bias = bias;
    for (size_t x = 0; x < layer->outputs * inputs; x++) *weight++ = signed_unit(numbers) * factor;
    for (size_t j = 0; j < layer->outputs; j++) *bias++ = signed_unit(numbers) * factor;
    inputs = layer->outputs;
  }
}

// One output's weights: small ones, or extreme ones at one of each four places whose sum has a limit.
static void draw_weights8(random_numbers *numbers, size_t inputs, int8_t *to) {
  const size_t extreme = below(numbers, 4) == 0;
  for (size_t x = 0; x < inputs; x++) {
    const uint64_t word = next(numbers);
    if (!extreme)
      to[x] = (int8_t)((int)(word % 65) - 32);
    else
      to[x] = x % 2 == 0 && x % 64 < 32 ? (int8_t)(word >> 63 ? 127 : -128) : 0;
  }
}

static void draw_layers8(random_numbers *numbers) {
  drawn.takes_bytes = below(numbers, 2) == 0;
  int8_t *weight = weights8;
  float *scale = scales;
  size_t inputs = drawn.inputs;
  for (size_t index = 0; index < drawn.depth; index++) {
    drawn_layer *layer = &drawn.layers[index];
    // Weighted sums around 1, so that no activation is a constant: 2^-11 by the root of the inputs.
    float factor = index == 0 ? 0x1p-11f : 0x1p-5f;
    for (size_t left = inputs; left >= 4; left /= 4) factor = factor * 0.5f;
    layer->weight8 = weight;
    layer->weight_scale = scale;
    layer->input_scale = 1;
    layer->input_zero_point = 0;
    if (index > 0 || !drawn.takes_bytes) {
      const size_t steps = below(numbers, 100);
      layer->input_scale = (float)(1 + steps) / (index == 0 ? 64 : 4096);
      layer->input_zero_point = (uint8_t)below(numbers, 256);
    }
    for (size_t j = 0; j < layer->outputs; j++, weight += inputs) draw_weights8(numbers, inputs, weight);
    for (size_t j = 0; j < layer->outputs; j++) *scale++ = (1.5f + signed_unit(numbers)) * factor;
    inputs = layer->outputs;
  }
}

static void draw_float_row(random_numbers *numbers, float *row) {
  enum { NOT_A_NUMBER, INFINITE, NEGATIVE_INFINITE, SUBNORMAL, EXTREME, ZERO, SIGNALLING, PAYLOAD, KINDS = 16 };
  const size_t kind = below(numbers, KINDS);
  for (size_t x = 0; x < drawn.inputs; x++) {
    const uint64_t word = next(numbers);
    const uint32_t sign = (uint32_t)(word >> 63) << 31;
    switch (kind) {
      case SUBNORMAL: row[x] = of_bits(sign | (uint32_t)(word & 0x7fffff)); break;
      case ZERO: row[x] = of_bits(sign); break;
      default: row[x] = (float)(word >> 40) * 0x1p-24f * 255; break;
    }
  }
  static const uint32_t hostile[] = {
      [NOT_A_NUMBER] = 0x7fc00000, [INFINITE] = 0x7f800000,   [NEGATIVE_INFINITE] = 0xff800000,
      [EXTREME] = 0x7f7fffff,      [SIGNALLING] = 0x7fa00001, [PAYLOAD] = 0xffc12345};
  const size_t place = below(numbers, drawn.inputs);
  if (kind <= PAYLOAD && hostile[kind] != 0) row[place] = of_bits(hostile[kind]);
}

const network *draw_network(uint64_t seed, size_t rows) {
  static const size_t channels[] = {1, 3, 4};
  random_numbers numbers = {seed};
  drawn.height = 1 + below(&numbers, 20);
  const size_t most = below(&numbers, 8) == 0 ? 60 : 20;
  drawn.width = 1 + below(&numbers, most);
  drawn.channels = channels[below(&numbers, 3)];
  drawn.inputs = drawn.height * drawn.width * drawn.channels;
  const size_t normalised = below(&numbers, 2);
  for (size_t c = 0; c < drawn.channels; c++) {
    drawn.mean[c] = normalised ? unit(&numbers) : 0;
    drawn.deviation[c] = normalised ? 0.125 + unit(&numbers) : 1;
  }
  draw_layers(&numbers);
  drawn.rows = rows;
  // At the end of their memory, so that a sanitizer sees what is read behind.
  uint8_t *const to = bytes + (sizeof bytes - rows * drawn.inputs);
  drawn.bytes = to;
  float *const float_rows = floats + (MOST_ROWS * MOST_INPUTS - rows * drawn.inputs);
  drawn.floats = float_rows;
  for (size_t x = 0; x < rows * drawn.inputs; x++) to[x] = (uint8_t)(next(&numbers) >> 56);
  for (size_t i = 0; i < rows; i++) draw_float_row(&numbers, float_rows + i * drawn.inputs);
  draw_layers8(&numbers);
  return &drawn;
}
