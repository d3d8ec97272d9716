// AVX2 has no instruction that adds products of bytes up in 32 bits. It has one that adds two of them in 16 bits and stops at the
// limit, and one that adds two of those. The rule that the weights keep (nnkernels.h) leaves room for four products, so nothing
// reaches the limit, and half of the second instruction is saved.
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define INLINE static inline __attribute__((always_inline))

typedef struct bytes {
  __m256i low, high;
} bytes;

INLINE bytes load(const uint8_t *from) NNK_NONBLOCKING {
  return (bytes){_mm256_loadu_si256((const __m256i_u *)from), _mm256_loadu_si256((const __m256i_u *)(from + 32))};
}
INLINE __m256i dot_half(__m256i sums, bytes a, bytes w) NNK_NONBLOCKING {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(a.low, w.low), _mm256_set1_epi16(1)));
}
INLINE __m256i dot(__m256i sums, bytes a, bytes w) NNK_NONBLOCKING {
  const __m256i products = _mm256_add_epi16(_mm256_maddubs_epi16(a.low, w.low), _mm256_maddubs_epi16(a.high, w.high));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
}
INLINE void add_up(__m256i a, __m256i b, __m256i c, __m256i d, int32_t *to) NNK_NONBLOCKING {
  const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  _mm_storeu_si128((__m128i_u *)to, _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
}

#define NAME(x) x##_avx2
#define SUMS __m256i
#define ZERO _mm256_setzero_si256
#define ADD_UP add_up
#define BYTES bytes
#define LOAD load
#define DOT dot
#define DOT_HALF dot_half
#define START(row_sum) 0
#define TILE_ROWS 3
#define TILE_OUTPUTS 2
#include "int8.inc.h"

#pragma clang attribute pop

#else
typedef int nnk_int8_avx2_not_built;
#endif
