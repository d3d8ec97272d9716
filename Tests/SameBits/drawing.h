// Networks and batches drawn from seeds, the same on every machine and in every language: Tests/InferenceTests/Support/
// DrawnNetwork.swift draws them in the same order. Nothing here needs a C library.
#ifndef DRAWING_H
#define DRAWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The most that is drawn: 20 × 60 pixels of 4 channels, 4 layers of 700 outputs, 300 rows.
enum { MOST_INPUTS = 4800, MOST_OUTPUTS = 700, MOST_DEPTH = 4, MOST_ROWS = 300, MOST_CHANNELS = 4 };
enum { MOST_WEIGHTS = (MOST_INPUTS + (MOST_DEPTH - 1) * MOST_OUTPUTS) * MOST_OUTPUTS };

// SplitMix64 (Steele, Lea and Flood, 2014).
typedef struct random_numbers {
  uint64_t state;
} random_numbers;
uint64_t next(random_numbers *numbers);
// 0 up to count - 1.
size_t below(random_numbers *numbers, size_t count);
// 0 up to 1, a multiple of 2^-53.
double unit(random_numbers *numbers);
// -1 up to 1, a multiple of 2^-23.
float signed_unit(random_numbers *numbers);
// The number of these bits.
float of_bits(uint32_t bits);

typedef struct drawn_layer {
  size_t outputs;
  int activation;
  // [outputs][inputs]
  float *weight;
  float *bias;
  // The same layer in 8 bits, with the same bias: [outputs][inputs] and [outputs].
  int8_t *weight8;
  float *weight_scale;
  float input_scale;
  uint8_t input_zero_point;
} drawn_layer;

typedef struct network {
  size_t height, width, channels, inputs, outputs, depth;
  double mean[MOST_CHANNELS], deviation[MOST_CHANNELS];
  drawn_layer layers[MOST_DEPTH];
  // Whether the first of its layers in 8 bits takes bytes as they are.
  bool takes_bytes;
  // [rows][inputs], twice: the second with NaN, infinities, subnormal and extreme numbers in some rows.
  size_t rows;
  uint8_t *bytes;
  float *floats;
} network;

// Draws the network of a seed with as many rows, into memory that the next one takes over.
const network *draw_network(uint64_t seed, size_t rows);

#endif
