// Which instruction sets this processor has.
#include "kernels.h"

#if defined(__aarch64__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
#endif

const nnk_kernels *nnk_kernels_for(nnk_isa isa) {
  switch (isa) {
    case NNK_ISA_PORTABLE:
      return &nnk_portable;
#if defined(__x86_64__)
    case NNK_ISA_AVX2:
      if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return NULL;
      return __builtin_cpu_supports("avxvnni") ? &nnk_avx2_vnni : &nnk_avx2;
    case NNK_ISA_AVX512:
      if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
          !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512bw"))
        return NULL;
      return __builtin_cpu_supports("avx512vnni") ? &nnk_avx512_vnni : &nnk_avx512;
#endif
#if defined(__aarch64__)
    case NNK_ISA_NEON:
      return getauxval(AT_HWCAP) & HWCAP_ASIMDDP ? &nnk_neon_dot : &nnk_neon;
#endif
    default:
      return NULL;
  }
}

nnk_isa nnk_best_isa(void) {
#if defined(__aarch64__)
  return NNK_ISA_NEON;
#else
  if (nnk_kernels_for(NNK_ISA_AVX512)) return NNK_ISA_AVX512;
  if (nnk_kernels_for(NNK_ISA_AVX2)) return NNK_ISA_AVX2;
  return NNK_ISA_PORTABLE;
#endif
}
