// AArch64 NEON, which every such processor has: 32 registers of 4 floats or 2 doubles.
#include "nnkernels.h"
#include "kernels.h"

#if defined(__aarch64__)

#pragma STDC FP_CONTRACT OFF


#ifndef NNK_SCORING_ONLY
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

// The kernels with the sums of bytes of one of the instruction sets' variants.
#define TABLE(layout, sums, form, first) \
  {                                                                                                                \
    .isa = NNK_ISA_NEON,                                                                                           \
    NNK_TRAINING(neon, 4, 2)                                                                                       \
    .f32_activate = neon_activate_f32,                                                                             \
    .forward_width = neon_forward_width,                                                                           \
    .forward_pack = neon_forward_pack,                                                                             \
    .forward = neon_forward,                                                                                       \
    .int8_pack = nnk_int8_pack_##layout,                                                                           \
    .int8_panel = nnk_int8_panel_##layout,                                                                         \
    .int8_sums = sums,                                                                                             \
    .int8_values = neon_int8_values,                                                                               \
    .int8_bytes = neon_int8_bytes,                                                                                 \
    .int8_relu_bytes = neon_int8_relu_bytes,                                                                       \
    .int8_apart = false,                                                                                           \
    .whole_numbers = nnk_whole_numbers_portable,                                                                   \
    .whole_pack = nnk_whole_pack_##form,                                                                           \
    .whole = nnk_whole_##form,                                                                                     \
    .whole_values = neon_whole_values,                                                                             \
    .int8_cost = 0.5f,                                                                                             \
    .whole_cost = first,                                                                                           \
  }

const nnk_kernels nnk_neon = TABLE(rows, nnk_int8_sums_neon, plain, 2);
const nnk_kernels nnk_neon_dot = TABLE(rows, nnk_int8_sums_neon_dot, digits, 1);

#else
typedef int nnk_neon_not_built;
#endif
