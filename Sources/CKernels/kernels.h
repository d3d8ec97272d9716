// The tables that the files of the instruction sets define.
#ifndef NNK_KERNELS_INTERNAL_H
#define NNK_KERNELS_INTERNAL_H

#include "nnkernels.h"

#pragma GCC visibility push(hidden)
extern const nnk_kernels nnk_portable;
#if defined(__x86_64__)
extern const nnk_kernels nnk_avx2, nnk_avx2_vnni;
extern const nnk_kernels nnk_avx512, nnk_avx512_vnni;
#endif
#if defined(__aarch64__)
extern const nnk_kernels nnk_neon, nnk_neon_dot;
#endif

// The entries of a table that only training uses.
#ifdef NNK_SCORING_ONLY
#define NNK_TRAINING(name, floats, doubles)
#else
#define NNK_TRAINING(name, floats, doubles) \
  .f32_lanes = floats, .f64_lanes = doubles, .f32_block = name##_f32_block, .f64_block = name##_f64_block, \
  .f64_activate = name##_activate_f64, .f32_cross_entropy = name##_cross_entropy_f32, \
  .f64_cross_entropy = name##_cross_entropy_f64,
#endif

// What nnk_kernels has for the instructions that multiply bytes.
#define NNK_INT8_SUMS(name)                                                                                    \
  void name(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums, \
            bool adds) NNK_NONBLOCKING
#define NNK_INT8_PACK(name) void name(size_t n, size_t k, const int8_t *rows, int8_t *packed) NNK_NONBLOCKING
#define NNK_INT8_IS_PANELED(name) bool name(size_t n, size_t k) NNK_NONBLOCKING
// Rows as they are, [outputs][nnk_int8_row(inputs)], zeros behind the inputs.
NNK_INT8_PACK(nnk_int8_pack_rows);
NNK_INT8_IS_PANELED(nnk_int8_is_paneled_rows);
#if defined(__x86_64__)
NNK_INT8_SUMS(nnk_int8_sums_avx2);
NNK_INT8_SUMS(nnk_int8_sums_avx2_vnni);
NNK_INT8_PACK(nnk_int8_pack_avx2_vnni);
NNK_INT8_IS_PANELED(nnk_int8_is_paneled_avx2_vnni);
NNK_INT8_SUMS(nnk_int8_sums_avx512_vnni);
NNK_INT8_PACK(nnk_int8_pack_avx512_vnni);
NNK_INT8_IS_PANELED(nnk_int8_is_paneled_avx512_vnni);
#endif
#if defined(__aarch64__)
NNK_INT8_SUMS(nnk_int8_sums_neon);
NNK_INT8_SUMS(nnk_int8_sums_neon_dot);
#endif
#pragma GCC visibility pop

#endif
