// AVX-512: 32 registers of 16 floats or 8 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT OFF

// Scripts/same-bits builds these kernels for AVX2 as well, so that they run where there is no AVX-512.
#ifndef NNK_AVX512_TARGET
#define NNK_AVX512_TARGET "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"
#define VECTOR_REGISTER "+v"
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

const nnk_kernels nnk_avx512 =
    NNK_TABLE(avx512, NNK_ISA_AVX512, 16, rows, nnk_int8_sums_avx2, false, avx2, words, 1, 2.5f);
const nnk_kernels nnk_avx512_vnni =
    NNK_TABLE(avx512, NNK_ISA_AVX512, 16, avx512_vnni, nnk_int8_sums_avx512_vnni, false, avx2, digits, 0.5f, 0.75f);
const nnk_kernels nnk_avx512_amx =
    NNK_TABLE(avx512, NNK_ISA_AVX512, 16, amx, nnk_int8_sums_amx, true, avx2, digits, 0.17f, 0.25f);

#else
typedef int nnk_avx512_not_built;
#endif
