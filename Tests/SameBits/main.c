// Prints the digests of one instruction set: same-bits SET ROWS, or same-bits SET disturbed, or same-bits SET threads STEP
//
//   SET        portable, avx2, avx512, neon; with what the processor has of the instructions that multiply bytes, or without AMX or
//              VNNI: avx512-vnni, avx512-plain, avx2-plain; or sixteen: the kernels of AVX-512 compiled for another instruction set
//   ROWS       splits so large a batch at each of its rows, at most 300
//   disturbed  in a floating-point environment that flushes subnormal numbers and rounds upwards; networks alone
//   threads    prints nothing: every STEPth batch of 1 to 300 rows on 1 to 8 threads against one thread
//
// Ends with 3 if this processor or this build lacks the set, with 1 if splits of a batch or threads differ.
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digests.h"
#include "kernels.h"

#if defined(SIXTEEN_LANES)
extern const nnk_kernels nnk_sixteen;
#endif

static const nnk_kernels *kernels_named(const char *name) {
  static const struct {
    const char *name;
    nnk_isa isa;
  } sets[] = {{"portable", NNK_ISA_PORTABLE}, {"avx2", NNK_ISA_AVX2}, {"avx512", NNK_ISA_AVX512}, {"neon", NNK_ISA_NEON}};
#if defined(SIXTEEN_LANES)
  if (strcmp(name, "sixteen") == 0) return &nnk_sixteen;
#endif
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
    if (strcmp(name, sets[i].name) == 0) return nnk_kernels_for(sets[i].isa);
#if defined(__x86_64__)
  const nnk_kernels *wide = nnk_kernels_for(NNK_ISA_AVX512);
  if (strcmp(name, "avx512-vnni") == 0 && wide && wide != &nnk_avx512) return &nnk_avx512_vnni;
  if (strcmp(name, "avx512-plain") == 0 && wide) return &nnk_avx512;
  if (strcmp(name, "avx2-plain") == 0 && nnk_kernels_for(NNK_ISA_AVX2)) return &nnk_avx2;
#endif
  return NULL;
}

// Rounds upwards and flushes subnormal numbers, or puts it back.
static void disturb(bool begins) {
  static fenv_t before;
  if (!begins) {
    fesetenv(&before);
    return;
  }
  fegetenv(&before);
  fesetround(FE_UPWARD);
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined(__aarch64__)
  __builtin_arm_wsr64("fpcr", __builtin_arm_rsr64("fpcr") | 1 << 24);
#endif
}

int main(int argc, char **argv) {
  const nnk_kernels *kernels = argc >= 3 ? kernels_named(argv[1]) : NULL;
  if (!kernels) return 3;
  const scoring scoring = scoring_with(kernels);
  if (strcmp(argv[2], "disturbed") == 0) {
    print_networks(scoring, disturb);
    return 0;
  }
  if (strcmp(argv[2], "threads") == 0 && argc == 4) return check_threads(kernels, strtoul(argv[3], NULL, 10)) ? 0 : 1;
  const size_t rows = strtoul(argv[2], NULL, 10);
  print_networks(scoring, NULL);
  print_kernels(kernels);
  return check_batches(scoring, rows < MOST_ROWS ? rows : MOST_ROWS) ? 0 : 1;
}
