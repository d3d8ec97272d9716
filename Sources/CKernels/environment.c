// The floating-point environment of a thread.
#include "nnkernels.h"

#if defined(__x86_64__)
// All exceptions masked, nothing flushed; the low six bits say which exceptions occurred.
#define DEFAULT_CONTROL 0x1f80u
#define OCCURRED 0x3fu

uint64_t nnk_environment_begin(void) NNK_NONBLOCKING {
  const uint32_t before = __builtin_ia32_stmxcsr();
  if ((before & ~OCCURRED) != DEFAULT_CONTROL) __builtin_ia32_ldmxcsr(DEFAULT_CONTROL);
  return before;
}

void nnk_environment_end(uint64_t before) NNK_NONBLOCKING {
  if (((uint32_t)before & ~OCCURRED) != DEFAULT_CONTROL) __builtin_ia32_ldmxcsr((uint32_t)before);
}
#elif defined(__aarch64__)
uint64_t nnk_environment_begin(void) NNK_NONBLOCKING {
  const uint64_t before = __builtin_arm_rsr64("fpcr");
  if (before != 0) __builtin_arm_wsr64("fpcr", 0);
  return before;
}

void nnk_environment_end(uint64_t before) NNK_NONBLOCKING {
  if (before != 0) __builtin_arm_wsr64("fpcr", before);
}
#else
uint64_t nnk_environment_begin(void) NNK_NONBLOCKING { return 0; }
void nnk_environment_end(uint64_t before) NNK_NONBLOCKING { (void)before; }
#endif
