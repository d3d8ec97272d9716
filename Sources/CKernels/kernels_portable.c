// The readable oracle: what every other instruction set must equal bit for bit.
#include "nnkernels.h"
#include "kernels.h"

#pragma STDC FP_CONTRACT OFF

#define PORTABLE_LANES 4

#ifndef NNK_SCORING_ONLY
// c[i][j] += Σ a·b, each output a chain of fused multiply-adds over k in order.
static void portable_f32_block(size_t m, size_t n, size_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_col,
                               const float *panels, size_t panel_stride, float *c, size_t c_row) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const float *b = panels + j / PORTABLE_LANES * panel_stride + j % PORTABLE_LANES;
      float sum = 0;
      for (size_t x = 0; x < k; x++)
        sum = __builtin_fmaf(a[(ptrdiff_t)i * a_row + (ptrdiff_t)x * a_col], b[x * PORTABLE_LANES], sum);
      c[i * c_row + j] = c[i * c_row + j] + sum;
    }
}

static void portable_f64_block(size_t m, size_t n, size_t k, const double *a, ptrdiff_t a_row, ptrdiff_t a_col,
                               const double *panels, size_t panel_stride, double *c, size_t c_row) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const double *b = panels + j / PORTABLE_LANES * panel_stride + j % PORTABLE_LANES;
      double sum = 0;
      for (size_t x = 0; x < k; x++)
        sum = __builtin_fma(a[(ptrdiff_t)i * a_row + (ptrdiff_t)x * a_col], b[x * PORTABLE_LANES], sum);
      c[i * c_row + j] = c[i * c_row + j] + sum;
    }
}
#endif

static size_t portable_forward_width(size_t n) NNK_NONBLOCKING { return n; }

static void portable_forward_pack(size_t n, size_t k, size_t first, size_t count, const float *rows,
                                  float *panels) NNK_NONBLOCKING {
  (void)n;
  for (size_t x = 0; x < count * k; x++) panels[first * k + x] = rows[x];
}

static void portable_forward(const nnk_layer *layer, size_t m, const uint8_t *bytes, const float *floats, float *c,
                             float *scratch) NNK_NONBLOCKING {
  (void)scratch;
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

#define DLANES 1
#define NAME(x) portable_##x
#include "math.inc.h"
#include "int8_values.inc.h"

#ifndef NNK_SCORING_ONLY
double nnk_exp(double x) NNK_NONBLOCKING { return portable_exp_one(x); }
double nnk_log(double x) NNK_NONBLOCKING { return portable_log(x); }
#endif

const nnk_kernels nnk_portable = {
    .isa = NNK_ISA_PORTABLE,
    NNK_TRAINING(portable, PORTABLE_LANES, PORTABLE_LANES)
    .f32_activate = portable_activate_f32,
    .forward_width = portable_forward_width,
    .forward_pack = portable_forward_pack,
    .forward = portable_forward,
    .int8_pack = nnk_int8_pack_rows,
    .int8_is_paneled = nnk_int8_is_paneled_rows,
    .int8_sums = portable_int8_sums,
    .int8_values = portable_int8_values,
    .int8_bytes = portable_int8_bytes,
    .int8_relu_bytes = portable_int8_relu_bytes,
};
