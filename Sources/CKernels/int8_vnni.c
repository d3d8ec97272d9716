// VNNI: one instruction adds four products of bytes to each sum of 32 bits; as part of AVX-512, and of AVX2 alone (AVX-VNNI). And
// what AMX leaves to it.
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

// Scripts/same-bits builds AVX-VNNI's for AVX-512 as well, as no processor that it can emulate has AVX-VNNI.
#ifdef NNK_AVX_VNNI_TARGET
#define DPBUSD_AVX2 _mm256_dpbusd_epi32
#else
#define NNK_AVX_VNNI_TARGET "avx2,avxvnni"
#define DPBUSD_AVX2 _mm256_dpbusd_avx_epi32
#endif
#define INLINE static inline __attribute__((always_inline))
#pragma clang attribute push(__attribute__((target(NNK_AVX_VNNI_TARGET))), apply_to = function)

typedef struct bytes {
  __m256i low, high;
} bytes;

INLINE bytes load_avx2(const uint8_t *from) NNK_NONBLOCKING {
  return (bytes){_mm256_loadu_si256((const __m256i_u *)from), _mm256_loadu_si256((const __m256i_u *)(from + 32))};
}
INLINE __m256i dot_avx2(__m256i sums, bytes a, bytes w) NNK_NONBLOCKING {
  return DPBUSD_AVX2(DPBUSD_AVX2(sums, a.low, w.low), a.high, w.high);
}
INLINE void add_up_avx2(__m256i a, __m256i b, __m256i c, __m256i d, int32_t *to) NNK_NONBLOCKING {
  const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  _mm_storeu_si128((__m128i_u *)to, _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
}
INLINE void store_avx2(int32_t *to, __m256i sums, bool adds, size_t count) NNK_NONBLOCKING {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(count < 8 ? (int)count : 8), lanes);
  _mm256_maskstore_epi32(to, mask, adds ? _mm256_add_epi32(_mm256_maskload_epi32(to, mask), sums) : sums);
}
INLINE __m256i everywhere_avx2(const uint8_t *from) NNK_NONBLOCKING {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm256_set1_epi32(four);
}

#define NAME(x) x##_avx2_vnni
#define SUMS __m256i
#define ZERO _mm256_setzero_si256
#define ADD_UP add_up_avx2
#define BYTES bytes
#define LOAD load_avx2
#define DOT dot_avx2
#define START(row_sum) 0
#define TILE_ROWS 4
#define PANEL 8
#define LOAD_WEIGHTS(from) _mm256_loadu_si256((const __m256i_u *)(from))
#define EVERYWHERE everywhere_avx2
#define PRODUCTS DPBUSD_AVX2
#define ADD _mm256_add_epi32
#define STORE store_avx2
#define TALL 6
#define TALL_PANELS 2
#define SHORT 3
#define SHORT_PANELS 2
#define FEW_OUTPUTS 0
#define LEAST_INPUTS 0
#include "int8.inc.h"

#pragma clang attribute pop
#define INLINE static inline __attribute__((always_inline))
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vnni,avx2"))), apply_to = function)

INLINE __m512i load_avx512(const uint8_t *from) NNK_NONBLOCKING { return _mm512_loadu_si512(from); }
// Without hadd, which knows the first 16 registers alone, so that the other sums of a tile would go to memory and back at each step.
INLINE __m512i pairs_avx512(__m512i a, __m512i b) NNK_NONBLOCKING {
  return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}
INLINE void add_up_avx512(__m512i a, __m512i b, __m512i c, __m512i d, int32_t *to) NNK_NONBLOCKING {
  const __m512i ab = pairs_avx512(a, b), cd = pairs_avx512(c, d);
  __m512i sums = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  sums = _mm512_add_epi32(sums, _mm512_shuffle_i64x2(sums, sums, 0x4e));
  sums = _mm512_add_epi32(sums, _mm512_shuffle_i64x2(sums, sums, 0xb1));
  _mm_storeu_si128((__m128i_u *)to, _mm512_castsi512_si128(sums));
}
INLINE void store_avx512(int32_t *to, __m512i sums, bool adds, size_t count) NNK_NONBLOCKING {
  const __mmask16 mask = (__mmask16)(count < 16 ? (1u << count) - 1 : 0xffff);
  _mm512_mask_storeu_epi32(to, mask, adds ? _mm512_add_epi32(_mm512_maskz_loadu_epi32(mask, to), sums) : sums);
}
INLINE __m512i everywhere_avx512(const uint8_t *from) NNK_NONBLOCKING {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

#define NAME(x) x##_avx512_vnni
#define SUMS __m512i
#define ZERO _mm512_setzero_si512
#define ADD_UP add_up_avx512
#define BYTES __m512i
#define LOAD load_avx512
#define DOT _mm512_dpbusd_epi32
#define START(row_sum) 0
#define TILE_ROWS 6
#define TILE_OUTPUTS 4
#define SHORT_ROWS 2
#define TALL_ROWS 4
#define PANEL 16
#define LOAD_WEIGHTS _mm512_loadu_si512
#define EVERYWHERE everywhere_avx512
#define PRODUCTS _mm512_dpbusd_epi32
#define ADD _mm512_add_epi32
#define STORE store_avx512
#define TALL 12
#define TALL_PANELS 2
#define SHORT 4
#define SHORT_PANELS 2
#define FEW_OUTPUTS 64
#define LEAST_INPUTS 1024
#include "int8.inc.h"

// So many products take VNNI no longer than AMX, whose registers must be set up first and released.
#define LEAST_FOR_AMX 65536

// AMX has the same panels, whatever the inputs, and leaves single rows and layers of few outputs to VNNI; and what is little, where the
// rows are side by side.
NNK_INT8_PANEL(nnk_int8_panel_amx) {
  (void)k;
  return n >= NNK_INT8_PADDED ? 16 : 1;
}

NNK_INT8_SUMS(nnk_int8_sums_amx) {
  const bool is_little = a.row == NNK_INT8_STEP && m * columns * layer->outputs < LEAST_FOR_AMX;
  if (layer->panel == 1)
    int8_sums_of_rows_avx512_vnni(layer, x, columns, m, a, sums, adds);
  else if (m == 1 || is_little)
    int8_sums_of_panels_avx512_vnni(layer, x, columns, m, a, sums, adds);
  else
    nnk_int8_amx_panels(layer, x, columns, m, a, sums, adds);
}

#pragma clang attribute pop

#else
typedef int nnk_int8_vnni_not_built;
#endif
