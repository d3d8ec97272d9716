// The tables that the files of the instruction sets define.
#ifndef NNK_KERNELS_INTERNAL_H
#define NNK_KERNELS_INTERNAL_H

#include "nnkernels.h"

#pragma GCC visibility push(hidden)
extern const nnk_kernels nnk_portable;
#if defined(__x86_64__)
extern const nnk_kernels nnk_avx2;
extern const nnk_kernels nnk_avx512;
#endif
#if defined(__aarch64__)
extern const nnk_kernels nnk_neon;
#endif
#pragma GCC visibility pop

#endif
