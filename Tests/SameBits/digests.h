// Digests of what kernels compute, a line each, which must be the same for every instruction set, processor and build. Nothing
// here needs a C library but putchar and memcmp.
#ifndef DIGESTS_H
#define DIGESTS_H

#include "drawing.h"
#include "nnkernels.h"

// Scores of the network that was drawn last; one at a time.
typedef struct scoring {
  void (*prepare)(const network *network, bool in_8_bits);
  // scores [m][outputs] of rows [m][inputs], bytes or floats (the other is NULL).
  void (*score)(size_t m, const uint8_t *bytes, const float *floats, float *scores);
} scoring;

// By nnk_score.
scoring scoring_with(const nnk_kernels *kernels);
// What it prepared last.
const nnk_network *prepared(void);

// Two lines for each network of seeds 1 up to NETWORKS, "network 7 60-20-3 0123456789abcdef" and "network-int8 …" in 8 bits.
// disturb: NULL, or what changes the floating-point environment before each network is scored, and restores it.
enum { NETWORKS = 96, NETWORK_ROWS = 40 };
void print_networks(scoring scoring, void (*disturb)(bool));

// Scores batches of 1 up to `most` rows, what is left of them, and so every row at every position; compares the bits with the
// scores of all at once. Returns false, and says where, if they differ.
bool check_batches(scoring scoring, size_t most);

// Scores every `step`th batch of 1 up to 300 rows on 1 up to 8 threads. Returns false, and says where, if the bits differ.
bool check_threads(const nnk_kernels *kernels, size_t step);

// A line for compact layers, and one for each kernel that training uses: "kernel f32_product 0123456789abcdef".
void print_kernels(const nnk_kernels *kernels);

// Feeds numbers to a checksum, every NaN as one: what a NaN's sign and payload are after arithmetic differs between processors.
void feed_f32(nnk_checksum *checksum, const float *values, size_t count);
void feed_f64(nnk_checksum *checksum, const double *values, size_t count);

void print_text(const char *text);
void print_number(size_t number);
// " ", 16 hexadecimal digits and the line's end.
void print_digest(const nnk_checksum *checksum);

#endif
