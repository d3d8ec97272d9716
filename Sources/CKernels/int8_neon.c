// AArch64: with the dot product of Armv8.2, and by widening products, which every such processor has.
#include "kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

typedef struct bytes {
  uint8x16_t part[4];
} bytes;

INLINE bytes load(const uint8_t *from) NNK_NONBLOCKING {
  return (bytes){{vld1q_u8(from), vld1q_u8(from + 16), vld1q_u8(from + 32), vld1q_u8(from + 48)}};
}
INLINE int32x4_t zero(void) NNK_NONBLOCKING { return vdupq_n_s32(0); }
INLINE void add_up(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d, int32_t *to) NNK_NONBLOCKING {
  vst1q_s32(to, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
}

INLINE int32x4_t widening(int32x4_t sums, uint8x16_t a, uint8x16_t w) NNK_NONBLOCKING {
  const int8x16_t weights = vreinterpretq_s8_u8(w);
  const int16x8_t a_low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(a))), w_low = vmovl_s8(vget_low_s8(weights));
  const int16x8_t a_high = vreinterpretq_s16_u16(vmovl_high_u8(a)), w_high = vmovl_high_s8(weights);
  sums = vmlal_s16(sums, vget_low_s16(a_low), vget_low_s16(w_low));
  sums = vmlal_high_s16(sums, a_low, w_low);
  sums = vmlal_s16(sums, vget_low_s16(a_high), vget_low_s16(w_high));
  return vmlal_high_s16(sums, a_high, w_high);
}
INLINE int32x4_t half_widening(int32x4_t sums, bytes a, bytes w) NNK_NONBLOCKING {
  return widening(widening(sums, a.part[0], w.part[0]), a.part[1], w.part[1]);
}
INLINE int32x4_t all_widening(int32x4_t sums, bytes a, bytes w) NNK_NONBLOCKING {
  return widening(widening(half_widening(sums, a, w), a.part[2], w.part[2]), a.part[3], w.part[3]);
}

#define NAME(x) x##_neon
#define SUMS int32x4_t
#define ZERO zero
#define ADD_UP add_up
#define BYTES bytes
#define LOAD load
#define DOT all_widening
#define DOT_HALF half_widening
#define START(row_sum) 0
#define TILE_ROWS 4
#define TILE_OUTPUTS 2
#include "int8.inc.h"

#define INLINE static inline __attribute__((always_inline))
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

// The instruction takes signed bytes on both sides: a - 128, and the sum begins with what that leaves out.
INLINE int32x4_t product(int32x4_t sums, uint8x16_t a, uint8x16_t w) NNK_NONBLOCKING {
  return vdotq_s32(sums, vreinterpretq_s8_u8(veorq_u8(a, vdupq_n_u8(0x80))), vreinterpretq_s8_u8(w));
}
INLINE int32x4_t half_product(int32x4_t sums, bytes a, bytes w) NNK_NONBLOCKING {
  return product(product(sums, a.part[0], w.part[0]), a.part[1], w.part[1]);
}
INLINE int32x4_t all_product(int32x4_t sums, bytes a, bytes w) NNK_NONBLOCKING {
  return product(product(half_product(sums, a, w), a.part[2], w.part[2]), a.part[3], w.part[3]);
}

#define NAME(x) x##_neon_dot
#define SUMS int32x4_t
#define ZERO zero
#define ADD_UP add_up
#define BYTES bytes
#define LOAD load
#define DOT all_product
#define DOT_HALF half_product
#define START(row_sum) (128 * (row_sum))
#define TILE_ROWS 4
#define TILE_OUTPUTS 2
#include "int8.inc.h"

#pragma clang attribute pop

#else
typedef int nnk_int8_neon_not_built;
#endif
