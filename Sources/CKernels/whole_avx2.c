// The first layer over bytes in whole numbers where nothing multiplies bytes and adds them up in 32 bits: each weight is two
// numbers of 16 bits, number = high·65536 + low, low from -32768 to 32767, of which one instruction multiplies and adds pairs.
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")

#define NAME(x) x##_avx2
#include "whole_unit.inc.h"
#undef NAME

// The outputs of a vector of sums.
#define PANEL 8
// The inputs of which sums of 32 bits are: 128 pairs of at most 2·255·32768 are below 2^31.
#define EXACT 256
// The inputs that are taken at a time, of few rows, so that their words stay in the first-level cache.
#define PIECE (4 * EXACT)
#define ROWS 12
// The outputs whose sums are kept meanwhile.
#define OUTPUTS 512

static size_t even(size_t k) NNK_NONBLOCKING { return (k + 1) / 2 * 2; }

// [panel][k / 2][high, low][PANEL][2], zeros behind.
NNK_WHOLE_PACK(nnk_whole_pack_words) {
  (void)kernels, (void)n;
  for (size_t j = first; j < first + count; j += PANEL) {
    int16_t *to = (int16_t *)packed + j * 2 * even(k);
    double scale[PANEL];
    for (size_t lane = 0; lane < PANEL; lane++) scale[lane] = j + lane < first + count ? 1 / unit[j - first + lane] : 0;
    for (size_t x = 0; x < even(k); x++)
      for (size_t lane = 0; lane < PANEL; lane++) {
        const bool is_there = x < k && j + lane < first + count;
        const int32_t number = is_there ? nnk_whole_number(weights[(j - first + lane) * k + x], scale[lane]) : 0;
        const int16_t low = (int16_t)number;
        int16_t *pair = to + x / 2 * (4 * PANEL) + 2 * lane + x % 2;
        pair[0] = (int16_t)((number - low) / 65536);
        pair[2 * PANEL] = low;
      }
  }
}

// sums + high·65536 + low, of the lanes from `half` · 4 on; all are whole numbers below 2^53.
INLINE __m256d added(__m256d sums, __m256i high, __m256i low, int half) NNK_NONBLOCKING {
  const __m128i h = half ? _mm256_extracti128_si256(high, 1) : _mm256_castsi256_si128(high);
  const __m128i l = half ? _mm256_extracti128_si256(low, 1) : _mm256_castsi256_si128(low);
  return _mm256_add_pd(sums, _mm256_fmadd_pd(_mm256_cvtepi32_pd(h), _mm256_set1_pd(65536), _mm256_cvtepi32_pd(l)));
}

// R rows of `count` words by a panel: sums [OUTPUTS] += Σ.
INLINE void tile(const int R, size_t count, const int16_t *w, const uint16_t *rows, double *sums) NNK_NONBLOCKING {
  for (size_t x = 0, end; x < count; x = end) {
    end = count - x < EXACT ? count : x + EXACT;
    __m256i highs[4], lows[4];
    UNROLL for (int r = 0; r < R; r++) highs[r] = lows[r] = _mm256_setzero_si256();
    for (size_t y = x; y < end; y += 2, w += 4 * PANEL) {
      const __m256i high = _mm256_loadu_si256((const __m256i_u *)w);
      const __m256i low = _mm256_loadu_si256((const __m256i_u *)(w + 2 * PANEL));
      UNROLL for (int r = 0; r < R; r++) {
        int32_t pair;
        __builtin_memcpy(&pair, rows + (size_t)r * PIECE + y, sizeof pair);
        highs[r] = _mm256_add_epi32(highs[r], _mm256_madd_epi16(_mm256_set1_epi32(pair), high));
        lows[r] = _mm256_add_epi32(lows[r], _mm256_madd_epi16(_mm256_set1_epi32(pair), low));
      }
    }
    UNROLL for (int r = 0; r < R; r++)
      UNROLL for (int half = 0; half < 2; half++) {
        double *to = sums + (size_t)r * OUTPUTS + 4 * half;
        _mm256_storeu_pd(to, added(_mm256_loadu_pd(to), highs[r], lows[r], half));
      }
  }
}

// `m` rows by the outputs from `first` up to `end`.
static void outputs(const nnk_layer *layer, size_t first, size_t end, size_t m, const uint8_t *bytes, float *c,
                    void *scratch) NNK_NONBLOCKING {
  const size_t n = layer->outputs, k = layer->inputs, words = even(k);
  uint16_t *const rows = scratch;
  double *const sums = (double *)(rows + ROWS * PIECE);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < (end - first + PANEL - 1) / PANEL * PANEL; j++) sums[i * OUTPUTS + j] = 0;
  for (size_t x = 0, count; x < words; x += count) {
    count = words - x < PIECE ? words - x : PIECE;
    for (size_t i = 0; i < m; i++) {
      const size_t left = k - x < count ? k - x : count;
      for (size_t y = 0; y < left; y++) rows[i * PIECE + y] = bytes[i * k + x + y];
      if (left < count) rows[i * PIECE + left] = 0;
    }
    for (size_t j = first; j < end; j += PANEL) {
      const int16_t *w = (const int16_t *)layer->whole + (j * words + x * PANEL) * 2;
      double *to = sums + (j - first);
      size_t i = 0;
      for (; m - i >= 4; i += 4) tile(4, count, w, rows + i * PIECE, to + i * OUTPUTS);
      for (; i < m; i++) tile(1, count, w, rows + i * PIECE, to + i * OUTPUTS);
    }
  }
  for (size_t i = 0; i < m; i++)
    for (size_t j = first; j < end; j++)
      c[i * n + j] = (float)__builtin_fma(sums[i * OUTPUTS + (j - first)], layer->unit[j], (double)layer->bias[j]);
}

NNK_WHOLE(nnk_whole_words) {
  (void)kernels, (void)backwards;
  const size_t n = layer->outputs, k = layer->inputs;
  for (size_t i = 0; i < m; i += ROWS)
    for (size_t first = 0; first < n; first += OUTPUTS)
      outputs(layer, first, n - first < OUTPUTS ? n : first + OUTPUTS, m - i < ROWS ? m - i : ROWS, bytes + i * k,
              c + i * n, scratch);
}

#pragma clang attribute pop

#else
typedef int nnk_whole_avx2_not_built;
#endif
