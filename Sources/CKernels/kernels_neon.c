// AArch64 NEON, which every such processor has: 32 registers of 4 floats or 2 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__aarch64__)

#pragma STDC FP_CONTRACT OFF


#ifndef NNK_SCORING_ONLY
#define VECTOR_REGISTER "+w"
#define REAL float
#define LANES 4
#define WIDE 4
#define WIDE_ROWS 6
#define ROWS 8
#define BLOCK_NAME neon_f32_block
#define NARROW_ROWS 24
#define TRAIN(x) neon_f32_##x
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
#define LANES 2
#define WIDE 4
#define WIDE_ROWS 6
#define ROWS 8
#define BLOCK_NAME neon_f64_block
#define NARROW_ROWS 24
#define TRAIN(x) neon_f64_##x
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

#define DLANES 2
#define NAME(x) neon_##x
#include "math.inc.h"

#define LANES 4
#define ROWS 8
#include "forward.inc.h"
#include "int8_values.inc.h"
#include "whole.inc.h"
#ifndef NNK_SCORING_ONLY
NNK_TRAINING_TABLE(neon, f32, 4)
NNK_TRAINING_TABLE(neon, f64, 2)
#endif

const nnk_kernels nnk_neon =
    NNK_TABLE(neon, NNK_ISA_NEON, 4, rows, nnk_int8_sums_neon, false, portable, plain, 0.5f, 2);
const nnk_kernels nnk_neon_dot =
    NNK_TABLE(neon, NNK_ISA_NEON, 4, rows, nnk_int8_sums_neon_dot, false, portable, digits, 0.5f, 0.75f);

#else
typedef int nnk_neon_not_built;
#endif
