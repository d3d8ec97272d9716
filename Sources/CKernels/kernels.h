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

// `int8_sums` of nnk_kernels for the instructions that multiply bytes.
#define NNK_INT8_SUMS(name) \
  void name(size_t m, size_t n, size_t k, const uint8_t *a, size_t a_row, const uint8_t *tail, size_t tail_row, \
            const int8_t *w, size_t w_row, const int32_t *row_sums, int32_t *sums, bool adds) NNK_NONBLOCKING
#if defined(__x86_64__)
NNK_INT8_SUMS(nnk_int8_sums_avx2);
NNK_INT8_SUMS(nnk_int8_sums_avx2_vnni);
NNK_INT8_SUMS(nnk_int8_sums_avx512_vnni);
#endif
#if defined(__aarch64__)
NNK_INT8_SUMS(nnk_int8_sums_neon);
NNK_INT8_SUMS(nnk_int8_sums_neon_dot);
#endif
#pragma GCC visibility pop

#endif
