// The inner loops of nnscore: matrix products, activations, costs and conversions.
//
// The contract of every function here: for the same arguments the result is the same to the last bit on every
// instruction set. Each output of a product is
//
//     ((bias + s0) + s1) + …,   s_b = fma(a[k], b[k], fma(a[k-1], b[k-1], … fma(a[0], b[0], 0)))
//
// with one sum s_b for each block of NNK_BLOCK consecutive k. Vector lanes run across outputs, never across k. Sums of whole numbers, of
// layers in 8 bits and of first layers over bytes (nnk_layer), are exact and so have no order.
// Nothing is contracted but what is written as a fused multiply-add. No function allocates, locks or keeps state.
//
// Shapes: matrices are row-major unless strides are given; strides count elements. Pointers need no alignment beyond their
// element's. m counts examples, n outputs, k inputs.
#ifndef NNKERNELS_H
#define NNKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
// An allocation, a lock or a system call in a function so marked does not compile.
#define NNK_NONBLOCKING __attribute__((nonblocking))
#else
#define NNK_NONBLOCKING
#endif

// The length of a block of k: part of the contract, so never to be changed without a new major version.
#define NNK_BLOCK 256
// The slope of leakyRelu for negative inputs.
#define NNK_LEAKY_SLOPE 0.01

typedef enum nnk_isa {
  NNK_ISA_PORTABLE = 0,
  NNK_ISA_AVX2 = 1,
  NNK_ISA_AVX512 = 2,
  NNK_ISA_NEON = 3,
} nnk_isa;

// In the order of Inference.Activation's raw values.
typedef enum nnk_activation {
  NNK_LINEAR = 0,
  NNK_RELU = 1,
  NNK_LEAKY_RELU = 2,
  NNK_TANH = 3,
  NNK_SIGMOID = 4,
  NNK_SOFTMAX = 5,
} nnk_activation;

// One layer for forward propagation: weights packed by forward_pack, bias [outputs].
//
// A first layer of NNK_WHOLE_LEAST inputs or more may have its weights as whole numbers of 24 bits, for rows of bytes, besides or
// instead: with unit[j] = largest |w[j][x]| / NNK_WHOLE_LARGEST, or 1 if all are 0, both divisions and the product rounded to a double,
//
//     q[j][x] = round(w[j][x]·(1 / unit[j])), to nearest, ties to even
//     z[j] = float(fma(double(Σ q[j][x]·a[x]), unit[j], bias[j]))
//
// The sum is exact, also as a double, the product with unit and the bias are rounded once to a double, and that to a float: the same bits
// in whatever order. In general they are nearer to the true sum than a sum of floats, whose partial sums are rounded. (Not where the
// inputs of all large weights are 0, and the others are thousands of times smaller.)
//
// A layer behind the first of NNK_COMPACT_LEAST weights or more, NNK_COMPACT_OUTPUTS or more, and as many inputs as a first layer in whole
// numbers, is compact where that loses little (nnk_compact_units): its weights are floats of the form q·unit, which a single row, whose time is that of reading them, reads in 24 bits.
// With unit[j] as above, rounded to a float, and inverse[j] = float(1 / unit[j]),
//
//     q[j][x] = round(float(w[j][x]·inverse[j])), to nearest, ties to even;  w'[j][x] = float(q[j][x]·unit[j])
//
// and z is the contract's sum over w', whether they are read from panels or from compact.
typedef struct nnk_layer {
  size_t inputs;
  size_t outputs;
  // NULL where all rows are bytes and these are summed in whole numbers.
  const float *panels;
  const float *bias;
  nnk_activation activation;
  // Packed by whole_pack, nnk_whole_bytes bytes aligned to 4; or NULL: bytes are summed as the floats that they are.
  const void *whole;
  const double *unit;
  // Made by forward_compact, or NULL; and the unit of each output.
  const uint32_t *compact;
  const float *compact_unit;
} nnk_layer;

// Weights of 8 bits are taken so many at a time.
#define NNK_INT8_STEP 64
// Rows of bytes: element y of row i at from + y / NNK_INT8_STEP·step + i·row + y % NNK_INT8_STEP, zeros behind the last.
typedef struct nnk_int8_rows {
  const uint8_t *from;
  size_t step;
  size_t row;
} nnk_int8_rows;
// Rows side by side, [step][m][NNK_INT8_STEP], as rows a multiple of a page apart would push each other out of the cache.
#define NNK_INT8_AT(m, i, y) (((y) / NNK_INT8_STEP * (m) + (i)) * NNK_INT8_STEP + (y) % NNK_INT8_STEP)

// One layer that computes in whole numbers: an input x is the byte q = round(x·inverse + zero_point), a weight the whole number w,
// and z[j] = (Σ q·w + offset[j])·factor[j] + bias[j].
//
// No sum may leave 32 bits: 255·Σ|w| of an output is below 2^31. And so that products of bytes can be added up in 16 bits, of the
// four weights x, x + 1, x + 32 and x + 33 in each 64 inputs (x even, below 32) those above 0 make at most 128 together, those
// below 0 at least -128.
typedef struct nnk_int8_layer {
  size_t inputs;
  size_t outputs;
  // As int8_panel gives it: of a layer's part, that of all its outputs.
  size_t panel;
  // Packed by nnk_int8_pack, nnk_int8_packed bytes.
  const int8_t *weights;
  // Σ w of each output.
  const int32_t *row_sums;
  // -zero_point·row_sums.
  const int32_t *offset;
  const float *factor;
  const float *bias;
  float inverse;
  int32_t zero_point;
  nnk_activation activation;
} nnk_int8_layer;

struct nnk_kernels;
// Of nntraining.h.
struct nnk_f32_training;
struct nnk_f64_training;

// The kernels of one instruction set.
typedef struct nnk_kernels {
  nnk_isa isa;
  // Outputs in one packed panel. Up to f64_block, and what else says so, only training uses them: they are not there in a build with
  // NNK_SCORING_ONLY.
  size_t f32_lanes;
  size_t f64_lanes;
  const struct nnk_f32_training *f32_training;
  const struct nnk_f64_training *f64_training;
  // c[i][j] = (begins ? 0 : c[i][j]) + the sum over one block of k ≤ NNK_BLOCK, at c + i·c_row + j / lanes·c_panel + j % lanes; panels
  // are packed, panel_stride elements apart.
  void (*f32_block)(size_t m, size_t n, size_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_col, const float *panels,
                    size_t panel_stride, float *c, size_t c_row, size_t c_panel, bool begins) NNK_NONBLOCKING;
  void (*f64_block)(size_t m, size_t n, size_t k, const double *a, ptrdiff_t a_row, ptrdiff_t a_col,
                    const double *panels, size_t panel_stride, double *c, size_t c_row, size_t c_panel,
                    bool begins) NNK_NONBLOCKING;
  // a = activation(z) in place, row by row over [m][n] (z[i] begins at z + i·row).
  void (*f32_activate)(nnk_activation activation, size_t m, size_t n, float *z, size_t row) NNK_NONBLOCKING;
  // Training.
  void (*f64_activate)(nnk_activation activation, size_t m, size_t n, double *z, size_t row) NNK_NONBLOCKING;
  // The sum over m examples, in order, of the cross-entropy loss, from weighted sums z (before the activation):
  // n = 1: one sigmoid output, label 0 or 1; else softmax over n outputs, label 0 to n-1. Training.
  double (*f32_cross_entropy)(size_t m, size_t n, const float *z, size_t row, const int32_t *labels) NNK_NONBLOCKING;
  double (*f64_cross_entropy)(size_t m, size_t n, const double *z, size_t row, const int32_t *labels) NNK_NONBLOCKING;
  // The outputs that n outputs take up when packed for forward propagation; times k it is the number of elements.
  size_t (*forward_width)(size_t n) NNK_NONBLOCKING;
  // Packs rows `first` up to `first + count` of a weight [n][k]: from a multiple of NNK_FORWARD_STRIP to the end, or to another
  // multiple that has as many behind it.
  void (*forward_pack)(size_t n, size_t k, size_t first, size_t count, const float *rows,
                       float *panels) NNK_NONBLOCKING;
  // Rounds the packed weights of a compact layer, and packs those of its first compact_outputs(n) outputs in three bytes each as well; the
  // others are read from the panels. compact is NULL where there are none.
  void (*forward_compact)(size_t n, size_t k, const float *unit, float *panels, uint32_t *compact) NNK_NONBLOCKING;
  size_t (*compact_outputs)(size_t n) NNK_NONBLOCKING;
  // c [m][outputs] = bias + a·weight, in the contract's order, for a [m][inputs], either bytes or floats (the other is NULL).
  // scratch: NNK_FORWARD_SCRATCH(m) elements. backwards: one row may begin with the last outputs.
  void (*forward)(const nnk_layer *layer, size_t m, const uint8_t *bytes, const float *floats, float *c, float *scratch,
                  bool backwards) NNK_NONBLOCKING;
  // The outputs whose packed weights stand side by side, four of each; 1: every output's stand by themselves, and the rows of a layer's
  // input may be where they are. Otherwise those are side by side as well, or apart: whole steps each, all of one stride.
  size_t (*int8_panel)(size_t n, size_t k) NNK_NONBLOCKING;
  bool int8_apart;
  // sums[i][j] = (adds ? sums[i][j] : 0) + Σ a·w over the inputs from x, a multiple of NNK_INT8_STEP, up to x + columns, for m rows
  // that begin with input x.
  void (*int8_sums)(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums,
                    bool adds) NNK_NONBLOCKING;
  // values = (sums + offset)·factor + bias, over [m][outputs].
  void (*int8_values)(const nnk_int8_layer *layer, size_t m, const int32_t *sums, float *values) NNK_NONBLOCKING;
  // bytes = round(x·inverse + zero), ties to even, held within 0 and 255; NaN is 0.
  void (*int8_bytes)(size_t count, const float *x, float inverse, float zero, uint8_t *bytes) NNK_NONBLOCKING;
  // The same of relu of what int8_values gives, the rows side by side at NNK_INT8_AT, zeros behind.
  void (*int8_relu_bytes)(const nnk_int8_layer *layer, size_t m, const int32_t *sums, float inverse, float zero,
                          uint8_t *bytes) NNK_NONBLOCKING;
  // The unit of one output's weights as whole numbers, of a first layer over bytes or of a compact one. False if that is not to be: fewer or
  // more inputs than NNK_WHOLE_LEAST and NNK_WHOLE_MOST, a weight that is not finite, or a loss of more than NNK_WHOLE_LOSS(k)·share; then no
  // output of the layer is.
  bool (*whole_unit)(size_t k, const float *weights, float bias, double share, double *unit) NNK_NONBLOCKING;
  // Packs the weights [count][k], as whole numbers of the units [count], of 16 outputs from `first` on, a multiple of 16, or of those
  // that are left.
  void (*whole_pack)(const struct nnk_kernels *kernels, size_t n, size_t k, size_t first, size_t count, const float *weights,
                     const double *unit, void *packed) NNK_NONBLOCKING;
  // c [m][outputs] = z of such a layer. scratch: nnk_whole_scratch bytes, aligned to 64. backwards: as of forward.
  void (*whole)(const struct nnk_kernels *kernels, const nnk_layer *layer, size_t m, const uint8_t *bytes, float *c,
                void *scratch, bool backwards) NNK_NONBLOCKING;
  // What a product in 8 bits, or of such a first layer, takes of the time of one of floats; about.
  float int8_cost;
  float whole_cost;
  // The bytes that each weight of such a first layer takes.
  size_t whole_weight;
  // A part of `whole`: c from sums of digits [m][lanes], of the outputs from `first` on.
  void (*whole_values)(const nnk_layer *layer, size_t first, size_t m, const int32_t *sums, size_t lanes,
                       float *c) NNK_NONBLOCKING;
} nnk_kernels;

// --- The floating-point environment ----------------------------------------------------------------------------------

// The same bits need rounding to nearest, subnormal numbers that are kept, and nothing trapped. A process begins so, but a library
// that was built with -ffast-math changes it when it is loaded, and a thread has what the one that made it had. So what the
// program calls lies between these two; begin returns what end restores.
uint64_t nnk_environment_begin(void) NNK_NONBLOCKING;
void nnk_environment_end(uint64_t before) NNK_NONBLOCKING;

// --- Forward propagation ---------------------------------------------------------------------------------------------

// A multiple of the strips of outputs of every instruction set.
#define NNK_FORWARD_STRIP 32
// The elements of a row that are taken at a time when it is the only one.
#define NNK_ONE_ROW (4 * NNK_BLOCK)
#define NNK_FORWARD_SCRATCH(m) ((m) == 1 ? NNK_ONE_ROW : ((m) + 3) / 4 * 4 * NNK_BLOCK)
// The rows that go through all layers before the next ones do, so that what lies between stays in the cache: as whole tiles.
#define NNK_FORWARD_ROWS 96
// The same for layers so wide that their weights come from the third-level cache or memory: more rows for each time they are read.
#define NNK_FORWARD_WIDE 512
#define NNK_FORWARD_WIDE_ROWS 288
// The outputs that are taken at a time where there are more, a multiple of NNK_FORWARD_STRIP.
#define NNK_FORWARD_OUTPUTS 2048
// From so many weights on a layer may not stay in the second-level cache beside all else.
#define NNK_FORWARD_FAR (1 << 18)

// Scores of a network: scores [m][outputs of the last layer] from rows [m][inputs of the first], bytes or floats (the other is
// NULL). workspace: nnk_forward_workspace elements, and behind them what nnk_whole_scratch says where the first layer has whole numbers.
// backwards: as of kernels->forward, in each layer.
void nnk_forward(const nnk_kernels *kernels, size_t depth, const nnk_layer *layers, size_t m, const uint8_t *bytes,
                 const float *floats, float *scores, float *workspace, bool backwards) NNK_NONBLOCKING;
// The elements of memory that nnk_forward needs for any m, where no layer but the last has more than `widest` outputs.
size_t nnk_forward_workspace(size_t widest) NNK_NONBLOCKING;

// The same for layers of 8 bits. workspace: nnk_int8_workspace bytes, aligned to 64.
void nnk_int8_forward(const nnk_kernels *kernels, size_t depth, const nnk_int8_layer *layers, size_t m,
                      const uint8_t *bytes, const float *floats, float *scores, void *workspace) NNK_NONBLOCKING;
size_t nnk_int8_workspace(size_t depth, const nnk_int8_layer *layers) NNK_NONBLOCKING;
// The bytes from a row of weights of 8 bits to the next: an odd number of cache lines, as rows that are a multiple of a page
// apart would push each other out of the cache.
size_t nnk_int8_row(size_t inputs) NNK_NONBLOCKING;
// From so many outputs on a layer of 8 bits has memory for a multiple of 16 of them.
#define NNK_INT8_PADDED 8
// The bytes of a layer's packed weights.
size_t nnk_int8_packed(size_t outputs, size_t inputs) NNK_NONBLOCKING;
// Packs a weight [outputs][inputs] of 8 bits: panels of outputs, [panel][nnk_int8_row(inputs) / 4][outputs of a panel][4]; or, where a
// panel is one output, rows, [outputs][nnk_int8_row(inputs)]. Zeros are behind the inputs, and in place of outputs that are not there.
void nnk_int8_pack(size_t panel, size_t n, size_t k, const int8_t *rows, int8_t *packed) NNK_NONBLOCKING;
// Whether k weights of one output keep the rules of nnk_int8_layer; at: k if their sum does not, else the first of the four
// that do not. sum: Σ w.
bool nnk_int8_fits(size_t k, const int8_t *weights, size_t *at, int64_t *sum) NNK_NONBLOCKING;

// The largest whole number: three digits of 8 bits, each from -128 to 127, make it up, and its negative.
#define NNK_WHOLE_LARGEST 8355711
// A first layer over bytes in whole numbers has so many inputs at least, as no processor is faster with fewer, and so many at most: as
// many products of a byte and a digit fit 32 bits, and what they come to a double.
#define NNK_WHOLE_LEAST 256
#define NNK_WHOLE_MOST 65536
// And the k weights of each output may lose so much of their sum, of absolute values, where they are rounded: what a sum of floats in
// blocks loses at most (N. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1). Trained weights lose 2^-21 to
// 2^-24 of it. Each counts at most NNK_WHOLE_CAP times their mean, as one that is far above the others must not hide what they lose: its
// input may be 0. Or they lose less than half of the last bit of the bias, as those of an output that has died away may.
#define NNK_WHOLE_LOSS(k) ((NNK_BLOCK + (double)(k) / NNK_BLOCK) / (1 << 24))
#define NNK_WHOLE_BIAS_LOSS (1.0 / (1 << 25))
#define NNK_WHOLE_CAP 8
// The bytes of all outputs' packed numbers, and those that `whole` needs besides.
size_t nnk_whole_bytes(size_t outputs, size_t inputs) NNK_NONBLOCKING;
size_t nnk_whole_scratch(size_t inputs) NNK_NONBLOCKING;

// The weights that a compact layer has at least, 4 MB as floats: fewer stay in the second-level cache. And its outputs.
#define NNK_COMPACT_LEAST ((size_t)1 << 20)
#define NNK_COMPACT_OUTPUTS 64
// Its sums are sums of floats besides, so that less may be lost of its weights than of whole numbers: this share of NNK_WHOLE_LOSS(k).
#define NNK_COMPACT_SHARE (1.0 / 16)
// No unit is smaller, so that nothing that is computed with it is subnormal but weights.
#define NNK_COMPACT_UNIT 0x1p-100f
// The units of a layer's weights [n][k]. False if an output's lose more than that where they are rounded to multiples of a unit, or it would
// be smaller.
bool nnk_compact_units(const nnk_kernels *kernels, size_t n, size_t k, const float *weights, float *units) NNK_NONBLOCKING;

// A network of either kind of layers; the other is NULL.
typedef struct nnk_network {
  const nnk_kernels *kernels;
  size_t depth;
  const nnk_layer *layers;
  const nnk_int8_layer *int8_layers;
} nnk_network;

// nnk_forward or nnk_int8_forward, in the floating-point environment that the same bits need. workspace: nnk_network_workspace bytes,
// aligned to 64; the first is 0 before it is used for the first time.
void nnk_score(const nnk_network *network, size_t m, const uint8_t *bytes, const float *floats, float *scores,
               void *workspace) NNK_NONBLOCKING;
size_t nnk_network_workspace(const nnk_network *network) NNK_NONBLOCKING;

// The kernels of an instruction set, or NULL if this processor or this build lacks it.
const nnk_kernels *nnk_kernels_for(nnk_isa isa);
// The fastest instruction set of this processor.
nnk_isa nnk_best_isa(void);

// Threads that belong to one scorer, which is used by one thread at a time. They sleep while there is nothing to do; in a child
// after a fork they are made anew.
typedef struct nnk_team nnk_team;
// Makes a team of `threads` threads, the caller's being one. Returns 0 or an errno value.
// workspace: what nnk_network_workspace gives for the network.
int nnk_team_make(size_t threads, size_t workspace, nnk_team **team);
void nnk_team_end(nnk_team *team);
// nnk_score on all threads of a team where the batch is worth it; the same bits.
void nnk_team_score(nnk_team *team, const nnk_network *network, size_t m, const uint8_t *bytes, const float *floats,
                    float *scores, void *workspace);

// The rows of m, 16 or more a thread, that each of `threads` threads (at least 2) takes of a small batch, but the caller's, which takes the
// first ones: what is left, at least one. waking: the rows that a thread scores before another has woken.
size_t nnk_team_step(size_t m, size_t threads, double waking);

// --- Matrix products -------------------------------------------------------------------------------------------------

// The elements that n outputs of k inputs need when packed.
size_t nnk_f32_packed_count(const nnk_kernels *kernels, size_t n, size_t k) NNK_NONBLOCKING;
size_t nnk_f64_packed_count(const nnk_kernels *kernels, size_t n, size_t k) NNK_NONBLOCKING;

// Packs b, b[j][x] at source + j·n_stride + x·k_stride (j < n, x < k), into panels of `lanes` outputs: [panel][k][lane], the
// last panel padded with zeros that no result ever sees.
void nnk_f32_pack(const nnk_kernels *kernels, size_t n, size_t k, const float *source, ptrdiff_t n_stride,
                  ptrdiff_t k_stride, float *panels) NNK_NONBLOCKING;
void nnk_f64_pack(const nnk_kernels *kernels, size_t n, size_t k, const double *source, ptrdiff_t n_stride,
                  ptrdiff_t k_stride, double *panels) NNK_NONBLOCKING;
// The same from bytes.
void nnk_f32_pack_u8(const nnk_kernels *kernels, size_t n, size_t k, const uint8_t *source, ptrdiff_t n_stride,
                     ptrdiff_t k_stride, float *panels) NNK_NONBLOCKING;
void nnk_f64_pack_u8(const nnk_kernels *kernels, size_t n, size_t k, const uint8_t *source, ptrdiff_t n_stride,
                     ptrdiff_t k_stride, double *panels) NNK_NONBLOCKING;

// c[i][j] = bias[j] + Σ_x a[i][x]·b[j][x] in the contract's order; bias may be NULL for zeros.
// a[i][x] at a + i·a_row + x·a_col; c[i] begins at c + i·c_row. A product with k = 0 is the bias.
void nnk_f32_product(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const float *a, ptrdiff_t a_row,
                     ptrdiff_t a_col, const float *panels, const float *bias, float *c, size_t c_row) NNK_NONBLOCKING;
void nnk_f64_product(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const double *a, ptrdiff_t a_row,
                     ptrdiff_t a_col, const double *panels, const double *bias, double *c,
                     size_t c_row) NNK_NONBLOCKING;
// c[i][j] += Σ_x a[i][x]·b[j][x]: a product whose k is fed in pieces, in order, each but the last a multiple of NNK_BLOCK,
// has the bits of the product over all of k.
void nnk_f32_accumulate(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const float *a, ptrdiff_t a_row,
                        ptrdiff_t a_col, const float *panels, float *c, size_t c_row) NNK_NONBLOCKING;
void nnk_f64_accumulate(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const double *a, ptrdiff_t a_row,
                        ptrdiff_t a_col, const double *panels, double *c, size_t c_row) NNK_NONBLOCKING;
// The product with a as bytes: converted a block at a time, never as a whole.
void nnk_f32_product_u8(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const uint8_t *a, ptrdiff_t a_row,
                        ptrdiff_t a_col, const float *panels, const float *bias, float *c,
                        size_t c_row) NNK_NONBLOCKING;
void nnk_f64_product_u8(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const uint8_t *a, ptrdiff_t a_row,
                        ptrdiff_t a_col, const double *panels, const double *bias, double *c,
                        size_t c_row) NNK_NONBLOCKING;

// --- The first layer's input format ----------------------------------------------------------------------------------

// Folds x = v·scale[c] - offset[c], c = index mod channels, into a first layer of n outputs and k inputs:
// folded = w·scale, folded_bias = b - Σ w·offset (the sum in double, in order, rounded once; untouched if all offsets are 0).
void nnk_f32_fold(size_t n, size_t k, size_t channels, const float *weight, const float *bias, const double *scale,
                  const double *offset, float *folded_weight, float *folded_bias) NNK_NONBLOCKING;
void nnk_f64_fold(size_t n, size_t k, size_t channels, const double *weight, const double *bias, const double *scale,
                  const double *offset, double *folded_weight, double *folded_bias) NNK_NONBLOCKING;

// --- Elementary functions and files ----------------------------------------------------------------------------------

// The fixed sequences that the activations and costs use; error bounds stand in math.inc.h.
double nnk_exp(double x) NNK_NONBLOCKING;
double nnk_log(double x) NNK_NONBLOCKING;

// The state of an XXH64 hash (the published specification, seed 0) that is fed piece by piece.
typedef struct nnk_checksum {
  uint64_t lanes[4];
  uint64_t length;
  uint8_t pending[32];
} nnk_checksum;
void nnk_checksum_begin(nnk_checksum *state) NNK_NONBLOCKING;
void nnk_checksum_update(nnk_checksum *state, const void *bytes, size_t count) NNK_NONBLOCKING;
// The same, and copies the bytes on the way: each is read once. `to` is NULL or memory that does not overlap them.
void nnk_checksum_copy(nnk_checksum *state, void *to, const void *bytes, size_t count) NNK_NONBLOCKING;
uint64_t nnk_checksum_end(const nnk_checksum *state) NNK_NONBLOCKING;

// What nnk_map_file returns, besides errno values, for what is neither a regular file nor a folder.
#define NNK_NOT_A_FILE (-1)
// Maps a regular file for reading. Returns 0 and sets bytes (NULL for an empty file) and count, or an errno value
// (EISDIR for a folder) or NNK_NOT_A_FILE. It never waits, not even for the writer of a named pipe.
int nnk_map_file(const char *path, const void **bytes, size_t *count);
void nnk_unmap_file(const void *bytes, size_t count);
// The text of what nnk_map_file returned, copied into buffer (always terminated).
void nnk_error_text(int error, char *buffer, size_t size);
// ENOMEM, which Embedded Swift has no header for.
#define NNK_OUT_OF_MEMORY 12
// Memory that nnk_free frees, or NULL if it cannot be had. alignment: a power of two from 8.
void *nnk_allocate(size_t size, size_t alignment);
void nnk_free(void *memory);
// Whether so many bytes could be had just now. What the standard library allocates ends the program where it cannot be had.
bool nnk_has_memory(size_t size);
// Asks the system to back what fills whole large pages of the memory with such, where it has them. Before the memory is used.
void nnk_prefer_large_pages(void *memory, size_t count);
// Their size; memory that is aligned to it has no small pages at its beginning.
#define NNK_LARGE_PAGE ((size_t)2 << 20)
// The value of an environment variable, or NULL.
const char *nnk_environment(const char *name);

#ifdef __cplusplus
}
#endif
#endif
