// AVX2 and FMA: 16 registers of 8 floats or 4 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#ifndef NNK_SCORING_ONLY
#define VECTOR_REGISTER "+x"
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

const nnk_kernels nnk_avx2 =
    NNK_TABLE(avx2, NNK_ISA_AVX2, 8, rows, nnk_int8_sums_avx2, false, avx2, words, 0.5f, 1.4f);
const nnk_kernels nnk_avx2_vnni =
    NNK_TABLE(avx2, NNK_ISA_AVX2, 8, avx2_vnni, nnk_int8_sums_avx2_vnni, false, avx2, digits, 0.5f, 0.75f);

#else
typedef int nnk_avx2_not_built;
#endif
