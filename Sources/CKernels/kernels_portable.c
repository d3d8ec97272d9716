// The readable oracle: what every other instruction set must equal bit for bit.
#include "nnkernels.h"
#include "kernels.h"

#pragma STDC FP_CONTRACT OFF

#define PORTABLE_LANES 4
#define PORTABLE_DOUBLES 2

#ifndef NNK_SCORING_ONLY
// c[i][j] += Σ a·b, each output a chain of fused multiply-adds over k in order; of a where `places` says, if it does.
#define PORTABLE_BLOCK(NAME, REAL, LANES, FMA)                                                                                     \
  static inline void NAME##_all(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,                      \
                                const uint32_t *places, const REAL *panels, size_t panel_stride, REAL *c, size_t c_row,             \
                                size_t c_panel, bool begins) NNK_NONBLOCKING {                                                      \
    for (size_t i = 0; i < m; i++)                                                                                                  \
      for (size_t j = 0; j < n; j++) {                                                                                              \
        const REAL *b = panels + j / LANES * panel_stride + j % LANES;                                                              \
        REAL sum = 0;                                                                                                               \
        for (size_t x = 0; x < k; x++) {                                                                                            \
          const ptrdiff_t place = places ? (ptrdiff_t)places[x] : (ptrdiff_t)x * a_col;                                             \
          sum = FMA(a[(ptrdiff_t)i * a_row + place], b[x * LANES], sum);                                                            \
        }                                                                                                                           \
        REAL *out = c + i * c_row + j / LANES * c_panel + j % LANES;                                                                \
        *out = (begins ? 0 : *out) + sum;                                                                                           \
      }                                                                                                                             \
  }                                                                                                                                 \
  static void NAME(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col, const REAL *panels,               \
                   size_t panel_stride, REAL *c, size_t c_row, size_t c_panel, bool begins) NNK_NONBLOCKING {                       \
    NAME##_all(m, n, k, a, a_row, a_col, NULL, panels, panel_stride, c, c_row, c_panel, begins);                                    \
  }                                                                                                                                 \
  static void NAME##_of(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, const uint32_t *places, const REAL *panels,   \
                        size_t panel_stride, REAL *c, size_t c_row, size_t c_panel, bool begins) NNK_NONBLOCKING {                  \
    NAME##_all(m, n, k, a, a_row, 1, places, panels, panel_stride, c, c_row, c_panel, begins);                                      \
  }
PORTABLE_BLOCK(portable_f32_block, float, PORTABLE_LANES, __builtin_fmaf)
PORTABLE_BLOCK(portable_f64_block, double, PORTABLE_DOUBLES, __builtin_fma)
#undef PORTABLE_BLOCK

#define REAL float
#define LANES PORTABLE_LANES
#define WIDE 2
#define BLOCK_NAME portable_f32_block
#define NARROW_ROWS 12
#define TRAIN(x) portable_f32_##x
static inline REAL TRAIN(root)(REAL x) NNK_NONBLOCKING { return __builtin_elementwise_sqrt(x); }
#include "training.inc.h"
#undef REAL
#undef LANES
#undef WIDE
#undef BLOCK_NAME
#undef TRAIN
#undef NARROW_ROWS

#define REAL double
#define LANES PORTABLE_DOUBLES
#define WIDE 2
#define BLOCK_NAME portable_f64_block
#define NARROW_ROWS 12
#define TRAIN(x) portable_f64_##x
static inline REAL TRAIN(root)(REAL x) NNK_NONBLOCKING { return __builtin_elementwise_sqrt(x); }
#include "training.inc.h"
#undef REAL
#undef LANES
#undef WIDE
#undef BLOCK_NAME
#undef TRAIN
#undef NARROW_ROWS
#endif

static size_t portable_forward_width(size_t n) NNK_NONBLOCKING { return n; }

static void portable_forward_pack(size_t n, size_t k, size_t first, size_t count, const float *rows,
                                  float *panels) NNK_NONBLOCKING {
  (void)n;
  for (size_t x = 0; x < count * k; x++) panels[first * k + x] = rows[x];
}

static size_t portable_compact_outputs(size_t n) NNK_NONBLOCKING {
  (void)n;
  return 0;
}

static void portable_forward_compact(size_t n, size_t k, const float *unit, float *panels, uint32_t *compact) NNK_NONBLOCKING {
  (void)compact;
  for (size_t j = 0; j < n; j++)
    for (size_t x = 0; x < k; x++) panels[j * k + x] = nnk_compact_weight(panels[j * k + x], unit[j]);
}

static void portable_forward(const nnk_layer *layer, size_t m, const uint8_t *bytes, const float *floats, float *c,
                             float *scratch, bool backwards) NNK_NONBLOCKING {
  (void)scratch, (void)backwards;
  const size_t n = layer->outputs, k = layer->inputs;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const float *weights = layer->panels + j * k;
      float total = layer->bias[j];
      for (size_t x = 0; x < k; x += NNK_BLOCK) {
        float sum = 0;
        for (size_t y = x; y < k && y < x + NNK_BLOCK; y++)
          sum = __builtin_fmaf(bytes ? (float)bytes[i * k + y] : floats[i * k + y], weights[y], sum);
        total = total + sum;
      }
      c[i * n + j] = total;
    }
}

static void portable_int8_sums(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a,
                               int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const int8_t *weights = layer->weights + j * nnk_int8_row(layer->inputs) + x;
      int32_t sum = adds ? sums[i * n + j] : 0;
      for (size_t y = 0; y < columns; y++)
        sum += (int32_t)a.from[y / NNK_INT8_STEP * a.step + i * a.row + y % NNK_INT8_STEP] * weights[y];
      sums[i * n + j] = sum;
    }
}

#define NAME(x) x##_portable
#include "whole_unit.inc.h"
#undef NAME

NNK_WHOLE_PACK(nnk_whole_pack_plain) {
  (void)kernels, (void)n;
  int32_t *to = (int32_t *)packed + first * k;
  for (size_t j = 0; j < count; j++)
    for (size_t x = 0; x < k; x++) to[j * k + x] = nnk_whole_number(weights[j * k + x], 1 / unit[j]);
}

NNK_WHOLE(nnk_whole_plain) {
  (void)kernels, (void)scratch, (void)backwards;
  const size_t n = layer->outputs, k = layer->inputs;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const int32_t *numbers = (const int32_t *)layer->whole + j * k;
      int64_t sum = 0;
      for (size_t x = 0; x < k; x++) sum += (int64_t)numbers[x] * bytes[i * k + x];
      c[i * n + j] = (float)__builtin_fma((double)sum, layer->unit[j], (double)layer->bias[j]);
    }
}

#define DLANES 1
#define NAME(x) portable_##x
#include "math.inc.h"
#include "int8_values.inc.h"

#ifndef NNK_SCORING_ONLY
void nnk_random_words(nnk_random random, uint32_t example, uint32_t block, uint32_t words[4]) NNK_NONBLOCKING {
  uint32_t c[4] = {block, example, random.stream, random.step};
  uint32_t k0 = (uint32_t)random.key, k1 = (uint32_t)(random.key >> 32);
  for (int round = 0; round < 10; round++, k0 += NNK_PHILOX_W0, k1 += NNK_PHILOX_W1) {
    const uint64_t a = (uint64_t)c[0] * NNK_PHILOX_M0, b = (uint64_t)c[2] * NNK_PHILOX_M1;
    c[0] = (uint32_t)(b >> 32) ^ c[1] ^ k0;
    c[1] = (uint32_t)b;
    c[2] = (uint32_t)(a >> 32) ^ c[3] ^ k1;
    c[3] = (uint32_t)a;
  }
  for (int w = 0; w < 4; w++) words[w] = c[w];
}

NNK_TRAINING_TABLE(portable, f32, PORTABLE_LANES)
NNK_TRAINING_TABLE(portable, f64, PORTABLE_DOUBLES)

double nnk_exp(double x) NNK_NONBLOCKING { return portable_exp_one(x); }
double nnk_log(double x) NNK_NONBLOCKING { return portable_log(x); }
#endif

const nnk_kernels nnk_portable = {
    .isa = NNK_ISA_PORTABLE,
    NNK_TRAINING(portable, PORTABLE_LANES)
    .f32_activate = portable_activate_f32,
    .forward_width = portable_forward_width,
    .forward_pack = portable_forward_pack,
    .forward_compact = portable_forward_compact,
    .compact_outputs = portable_compact_outputs,
    .forward = portable_forward,
    .int8_panel = nnk_int8_panel_rows,
    .int8_sums = portable_int8_sums,
    .int8_values = portable_int8_values,
    .int8_bytes = portable_int8_bytes,
    .int8_relu_bytes = portable_int8_relu_bytes,
    .whole_unit = nnk_whole_unit_portable,
    .whole_pack = nnk_whole_pack_plain,
    .whole = nnk_whole_plain,
    .int8_cost = 0.5f,
    .whole_cost = 0.5f,
    .whole_weight = NNK_WHOLE_WEIGHT_plain,
};
