// Which instruction sets this processor has.
#define _GNU_SOURCE
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// The bits of the processor's features that have kernels. Asked for here, not by __builtin_cpu_supports, which would make every
// program link the compiler's support library.
enum { AVX2 = 1, AVX_VNNI = 2, AVX512 = 4, AVX512_VNNI = 8, AMX = 16, ASKED = 32 };

static bool all(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

// Linux lets a process use the registers of AMX once it has asked. It refuses where a signal of a thread has a stack of its own on which
// they could not be saved, and refuses such stacks from then on: so it is asked only when these kernels are.
static bool may_use_amx(void) {
#if defined(__linux__) && defined(SYS_arch_prctl)
  enum { REQUEST_PERMISSION = 0x1023, TILES = 18 };
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILES) == 0;
#else
  return false;
#endif
}

static unsigned ask(void) {
  uint32_t a, b, c, d, leaves;
  unsigned found = ASKED;
  // FMA, XGETBV and AVX.
  if (!__get_cpuid(1, &a, &b, &c, &d) || !all(c, 1u << 12 | 1u << 27 | 1u << 28)) return found;
  // What the system saves of the registers when it switches threads: XMM and YMM; the masks and all of ZMM.
  uint32_t saved, high;
  __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if (!all(saved, 0x6)) return found;
  if (!__get_cpuid_count(7, 0, &leaves, &b, &c, &d) || !all(b, 1u << 5)) return found;
  found |= AVX2;
  // F, DQ, BW and VL.
  if (all(saved, 0xe6) && all(b, 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31)) {
    found |= AVX512;
    if (all(c, 1u << 11)) found |= AVX512_VNNI;
    // The tiles' shapes and the tiles, and their products of bytes.
    if (all(c, 1u << 11) && all(saved, 0x60000) && all(d, 1u << 24 | 1u << 25)) found |= AMX;
  }
  if (leaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && all(a, 1u << 4)) found |= AVX_VNNI;
  return found;
}

// Asked once: under a hypervisor the instruction takes microseconds. Threads that ask at the same time get the same answer.
static bool has(unsigned features) {
  static unsigned known;
  unsigned found = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (!found) {
    found = ask();
    __atomic_store_n(&known, found, __ATOMIC_RELAXED);
  }
  return (found & features) == features;
}
#elif defined(__aarch64__)
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
      if (!has(AVX2)) return NULL;
      return has(AVX_VNNI) ? &nnk_avx2_vnni : &nnk_avx2;
    case NNK_ISA_AVX512:
      if (!has(AVX2 | AVX512)) return NULL;
      if (has(AMX) && may_use_amx()) return &nnk_avx512_amx;
      return has(AVX512_VNNI) ? &nnk_avx512_vnni : &nnk_avx512;
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
