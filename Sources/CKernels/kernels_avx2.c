// AVX2 and FMA: 16 registers of 8 floats or 4 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#ifndef NNK_SCORING_ONLY
#define REAL float
#define LANES 8
#define WIDE 2
#define WIDE_ROWS 0
#define ROWS 6
#define BLOCK_NAME avx2_f32_block
#define NARROW_ROWS 12
#define TRAIN(x) avx2_f32_##x
#include "tile.inc.h"
static inline REAL TRAIN(root)(REAL x) NNK_NONBLOCKING { return __builtin_elementwise_sqrt(x); }
#include "training.inc.h"
#undef REAL
#undef LANES
#undef WIDE
#undef WIDE_ROWS
#undef ROWS
#undef BLOCK_NAME
#undef TRAIN
#undef NARROW_ROWS

#define REAL double
#define LANES 4
#define WIDE 2
#define WIDE_ROWS 0
#define ROWS 6
#define BLOCK_NAME avx2_f64_block
#define NARROW_ROWS 12
#define TRAIN(x) avx2_f64_##x
#include "tile.inc.h"
static inline REAL TRAIN(root)(REAL x) NNK_NONBLOCKING { return __builtin_elementwise_sqrt(x); }
#include "training.inc.h"
#undef REAL
#undef LANES
#undef WIDE
#undef WIDE_ROWS
#undef ROWS
#undef BLOCK_NAME
#undef TRAIN
#undef NARROW_ROWS
#endif

#define DLANES 4
#define NAME(x) avx2_##x
#include "math.inc.h"

#define LANES 8
#define ROWS 6
#include "forward.inc.h"
#include "int8_values.inc.h"
#include "whole.inc.h"

#pragma clang attribute pop
#ifndef NNK_SCORING_ONLY
NNK_TRAINING_TABLE(avx2, f32, 8)
NNK_TRAINING_TABLE(avx2, f64, 4)
#endif

// The kernels with the sums of bytes of one of the instruction sets' variants.
#define TABLE(layout, sums, form, first) \
  {                                                                                                                \
    .isa = NNK_ISA_AVX2,                                                                                           \
    NNK_TRAINING(avx2, 8, 4)                                                                                       \
    .f32_activate = avx2_activate_f32,                                                                             \
    .forward_width = avx2_forward_width,                                                                           \
    .forward_pack = avx2_forward_pack,                                                                             \
    .forward = avx2_forward,                                                                                       \
    .int8_pack = nnk_int8_pack_##layout,                                                                           \
    .int8_panel = nnk_int8_panel_##layout,                                                                         \
    .int8_sums = sums,                                                                                             \
    .int8_values = avx2_int8_values,                                                                               \
    .int8_bytes = avx2_int8_bytes,                                                                                 \
    .int8_relu_bytes = avx2_int8_relu_bytes,                                                                       \
    .int8_apart = false,                                                                                           \
    .whole_numbers = nnk_whole_numbers_avx2,                                                                       \
    .whole_pack = nnk_whole_pack_##form,                                                                           \
    .whole = nnk_whole_##form,                                                                                     \
    .whole_values = avx2_whole_values,                                                                             \
    .int8_cost = 0.5f,                                                                                             \
    .whole_cost = first,                                                                                           \
  }

const nnk_kernels nnk_avx2 = TABLE(rows, nnk_int8_sums_avx2, words, 1.4f);
const nnk_kernels nnk_avx2_vnni = TABLE(avx2_vnni, nnk_int8_sums_avx2_vnni, digits, 1);

#else
typedef int nnk_avx2_not_built;
#endif
