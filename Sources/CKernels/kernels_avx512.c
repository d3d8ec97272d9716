// AVX-512: 32 registers of 16 floats or 8 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT OFF

// Scripts/same-bits builds these kernels for AVX2 as well, so that they run where there is no AVX-512.
#ifndef NNK_AVX512_TARGET
#define NNK_AVX512_TARGET "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"
#endif
#pragma clang attribute push(__attribute__((target(NNK_AVX512_TARGET))), apply_to = function)

#ifndef NNK_SCORING_ONLY
#define REAL float
#define LANES 16
#define WIDE 4
#define WIDE_ROWS 6
#define ROWS 8
#define BLOCK_NAME avx512_f32_block
#define NARROW_ROWS 24
#define TRAIN(x) avx512_f32_##x
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
#define LANES 8
#define WIDE 4
#define WIDE_ROWS 6
#define ROWS 8
#define BLOCK_NAME avx512_f64_block
#define NARROW_ROWS 24
#define TRAIN(x) avx512_f64_##x
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

#define DLANES 8
#define NAME(x) avx512_##x
#include "math.inc.h"

#define LANES 16
#define ROWS 12
#include "forward.inc.h"
#include "int8_values.inc.h"
#include "whole.inc.h"

#pragma clang attribute pop
#ifndef NNK_SCORING_ONLY
NNK_TRAINING_TABLE(avx512, f32, 16)
NNK_TRAINING_TABLE(avx512, f64, 8)
#endif

// The kernels with the sums of bytes of one of the instruction sets' variants.
#define TABLE(layout, sums, apart, form, byte, first) \
  {                                                                                                                \
    .isa = NNK_ISA_AVX512,                                                                                         \
    NNK_TRAINING(avx512, 16, 8)                                                                                    \
    .f32_activate = avx512_activate_f32,                                                                           \
    .forward_width = avx512_forward_width,                                                                         \
    .forward_pack = avx512_forward_pack,                                                                           \
    .forward = avx512_forward,                                                                                     \
    .int8_pack = nnk_int8_pack_##layout,                                                                           \
    .int8_panel = nnk_int8_panel_##layout,                                                                         \
    .int8_sums = sums,                                                                                             \
    .int8_values = avx512_int8_values,                                                                             \
    .int8_bytes = avx512_int8_bytes,                                                                               \
    .int8_relu_bytes = avx512_int8_relu_bytes,                                                                     \
    .int8_apart = apart,                                                                                           \
    .whole_numbers = nnk_whole_numbers_avx2,                                                                       \
    .whole_pack = nnk_whole_pack_##form,                                                                           \
    .whole = nnk_whole_##form,                                                                                     \
    .whole_values = avx512_whole_values,                                                                           \
    .int8_cost = byte,                                                                                             \
    .whole_cost = first,                                                                                           \
  }

const nnk_kernels nnk_avx512 = TABLE(rows, nnk_int8_sums_avx2, false, words, 1, 2.5f);
const nnk_kernels nnk_avx512_vnni = TABLE(avx512_vnni, nnk_int8_sums_avx512_vnni, false, digits, 0.5f, 1);
const nnk_kernels nnk_avx512_amx = TABLE(avx512_vnni, nnk_int8_sums_amx, true, digits, 0.17f, 0.33f);

#else
typedef int nnk_avx512_not_built;
#endif
