// The tables that the files of the instruction sets define.
#ifndef NNK_KERNELS_INTERNAL_H
#define NNK_KERNELS_INTERNAL_H

#include "nnkernels.h"
#include "nntraining.h"

// Products that are rounded before something is added stay so.
#pragma STDC FP_CONTRACT OFF

#pragma GCC visibility push(hidden)
extern const nnk_kernels nnk_portable;
#if defined(__x86_64__)
extern const nnk_kernels nnk_avx2, nnk_avx2_vnni;
extern const nnk_kernels nnk_avx512, nnk_avx512_vnni, nnk_avx512_amx;
#endif
#if defined(__aarch64__)
extern const nnk_kernels nnk_neon, nnk_neon_dot;
#endif

// The entries of a table that only training uses.
#ifdef NNK_SCORING_ONLY
#define NNK_TRAINING(name, lanes)
#else
#define NNK_TRAINING(name, lanes) \
  .f32_lanes = lanes, .f64_lanes = (lanes) / 2, .f32_block = name##_f32_block, .f64_block = name##_f64_block, \
  .f64_activate = name##_activate_f64, .f32_cross_entropy = name##_cross_entropy_f32, \
  .f64_cross_entropy = name##_cross_entropy_f64, .f32_training = &name##_f32_training, .f64_training = &name##_f64_training,
#endif

// The kernels of an instruction set: those called name_…, with the sums of bytes of one of its variants. lanes: of floats and
// doubles, in training.
#define NNK_TABLE(name, set, lanes, layout, sums, apart, numbers, form, byte, first) \
  {                                                                                  \
    .isa = set,                                                                      \
    NNK_TRAINING(name, lanes)                                                        \
    .f32_activate = name##_activate_f32,                                             \
    .forward_width = name##_forward_width,                                           \
    .forward_pack = name##_forward_pack,                                             \
    .forward_compact = name##_forward_compact,                                       \
    .compact_outputs = name##_compact_outputs,                                       \
    .forward = name##_forward,                                                       \
    .int8_panel = nnk_int8_panel_##layout,                                           \
    .int8_sums = sums,                                                               \
    .int8_values = name##_int8_values,                                               \
    .int8_bytes = name##_int8_bytes,                                                 \
    .int8_relu_bytes = name##_int8_relu_bytes,                                       \
    .int8_apart = apart,                                                             \
    .whole_unit = nnk_whole_unit_##numbers,                                          \
    .whole_pack = nnk_whole_pack_##form,                                             \
    .whole = nnk_whole_##form,                                                       \
    .whole_values = name##_whole_values,                                             \
    .int8_cost = byte,                                                               \
    .whole_cost = first,                                                             \
    .whole_weight = NNK_WHOLE_WEIGHT_##form,                                         \
  }

#define NNK_WHOLE_WEIGHT_digits 3
#define NNK_WHOLE_WEIGHT_words 4
#define NNK_WHOLE_WEIGHT_plain 4

// Philox4x32-10's multipliers and what is added to the key between rounds.
#define NNK_PHILOX_M0 0xD2511F53u
#define NNK_PHILOX_M1 0xCD9E8D57u
#define NNK_PHILOX_W0 0x9E3779B9u
#define NNK_PHILOX_W1 0xBB67AE85u

// The table of nntraining.h that an instruction set defines.
#define NNK_TRAINING_TABLE(name, bits, count)                                                                         \
  static const nnk_##bits##_training name##_##bits##_training = {                                                     \
      .lanes = count,                                                                                                 \
      .product = name##_##bits##_product,                                                                             \
      .product_of = name##_##bits##_product_of,                                                                       \
      .product_u8 = name##_##bits##_product_u8,                                                                       \
      .panels_u8 = name##_##bits##_panels_u8,                                                                         \
      .rows = name##_##bits##_rows,                                                                                   \
      .examples = name##_##bits##_examples,                                                                           \
      .panels = name##_##bits##_panels,                                                                               \
      .weight_gradient = name##_##bits##_weight_gradient,                                                             \
      .weight_gradient_u8 = name##_##bits##_weight_gradient_u8,                                                       \
      .bias_gradient = name##_##bits##_bias_gradient,                                                                 \
      .activation_gradient = name##_##bits##_activation_gradient,                                                     \
      .losses = name##_losses_##bits,                                                                                 \
      .output_delta = name##_##bits##_output_delta,                                                                   \
      .dropout = name##_##bits##_dropout,                                                                             \
      .fold = name##_##bits##_fold,                                                                                   \
      .fold_turned = name##_##bits##_fold_turned,                                                                     \
      .unfold = name##_##bits##_unfold,                                                                               \
      .scale = name##_##bits##_scale,                                                                                 \
      .add = name##_##bits##_add,                                                                                     \
      .square_sum = name##_##bits##_square_sum,                                                                       \
      .descend = name##_##bits##_descend,                                                                             \
      .momentum = name##_##bits##_momentum,                                                                           \
      .rmsprop = name##_##bits##_rmsprop,                                                                             \
      .adam = name##_##bits##_adam,                                                                                   \
  };

// The elements of rows that are multiplied at a time: those of a tile and of its outputs stay in the first-level cache.
#define NNK_INT8_PIECE 3072
// What nnk_kernels has for the instructions that multiply bytes.
#define NNK_INT8_SUMS(name)                                                                                    \
  void name(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums, \
            bool adds) NNK_NONBLOCKING
#define NNK_INT8_PANEL(name) size_t name(size_t n, size_t k) NNK_NONBLOCKING
NNK_INT8_PANEL(nnk_int8_panel_rows);
#if defined(__x86_64__)
NNK_INT8_SUMS(nnk_int8_sums_avx2);
NNK_INT8_SUMS(nnk_int8_sums_avx2_vnni);
NNK_INT8_PANEL(nnk_int8_panel_avx2_vnni);
NNK_INT8_SUMS(nnk_int8_sums_avx512_vnni);
NNK_INT8_PANEL(nnk_int8_panel_avx512_vnni);
NNK_INT8_SUMS(nnk_int8_sums_amx);
NNK_INT8_PANEL(nnk_int8_panel_amx);
// nnk_int8_sums_amx of panels, for two rows or more.
void nnk_int8_amx_panels(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums,
                         bool adds) NNK_NONBLOCKING;
#endif
#if defined(__aarch64__)
NNK_INT8_SUMS(nnk_int8_sums_neon);
NNK_INT8_SUMS(nnk_int8_sums_neon_dot);
#endif

// What nnk_kernels has for a first layer over bytes in whole numbers.
// 1.5 · 2^52: the last bit of its sum with a number below 2^51 is worth 1, so adding it rounds, to nearest, ties to even.
#define NNK_ROUNDER 6755399441055744.0
static inline double nnk_rounded(double value) NNK_NONBLOCKING { return (value + NNK_ROUNDER) - NNK_ROUNDER; }
// A weight as a whole number; scale: 1 / unit. The number is the low bits of the sum.
static inline int32_t nnk_whole_number(float weight, double scale) NNK_NONBLOCKING {
  const double sum = (double)weight * scale + NNK_ROUNDER;
  uint64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof bits);
  return (int32_t)(uint32_t)bits;
}
// A weight of a compact layer.
static inline float nnk_compact_weight(float weight, float unit) NNK_NONBLOCKING {
  const float inverse = 1 / unit;
  return (float)nnk_rounded(weight * inverse) * unit;
}
#define NNK_WHOLE_UNIT(name) bool name(size_t k, const float *weights, float bias, double share, double *unit) NNK_NONBLOCKING
NNK_WHOLE_UNIT(nnk_whole_unit_portable);
#if defined(__x86_64__)
NNK_WHOLE_UNIT(nnk_whole_unit_avx2);
#endif
#define NNK_WHOLE_PACK(name)                                                                                       \
  void name(const nnk_kernels *kernels, size_t n, size_t k, size_t first, size_t count, const float *weights,      \
            const double *unit, void *packed) NNK_NONBLOCKING
#define NNK_WHOLE(name) \
  void name(const nnk_kernels *kernels, const nnk_layer *layer, size_t m, const uint8_t *bytes, float *c, void *scratch, \
            bool backwards) NNK_NONBLOCKING
// By int8_sums, in three digits of 8 bits.
NNK_WHOLE_PACK(nnk_whole_pack_digits);
NNK_WHOLE(nnk_whole_digits);
// By products of 16 bits.
#if defined(__x86_64__)
NNK_WHOLE_PACK(nnk_whole_pack_words);
NNK_WHOLE(nnk_whole_words);
#endif
// As they are.
NNK_WHOLE_PACK(nnk_whole_pack_plain);
NNK_WHOLE(nnk_whole_plain);

// `count` bytes of a row in steps, NNK_INT8_STEP bytes or more apart, zeros behind the last.
void nnk_int8_put(size_t count, const uint8_t *from, size_t step, uint8_t *to) NNK_NONBLOCKING;
#pragma GCC visibility pop

#endif
