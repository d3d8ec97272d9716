// Forward propagation of one layer for one vector width. Included with
//   LANES   floats in a vector
//   ROWS    rows of a tile, even
//   NAME(x) the name of a function of this instruction set
//
// Packed weights: block by block of k, and in a block strip by strip of outputs, [x][width]. Strips are 2·LANES outputs
// wide while so many are left; what is left then is one strip of up to two vectors and a half, padded with zeros. So a
// layer of 20 outputs wastes no lane, and memory is read from end to end.
//
// Rows come in groups, [x][GROUP], converted from bytes or copied a block of k at a time into memory that stays in the cache.
// What a strip has behind its whole vectors shares a vector between two rows of a group, LANES / 2 outputs of each, or four.
// Every lane is one output's own chain, whatever the tile.

#define VECTOR NAME(forward_vector)
#define HALF NAME(forward_half)
#define QUARTER NAME(forward_quarter)
#define PAIR NAME(forward_pair)
typedef float VECTOR __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float HALF __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
typedef float QUARTER __attribute__((vector_size(16), aligned(4), may_alias));
typedef float PAIR __attribute__((vector_size(8), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
// Loops over the registers of a tile. Left to itself the compiler keeps the larger tiles' loops, and their sums in memory.
#define UNROLL _Pragma("clang loop unroll(full)")
// Loops over k, whose bodies are long enough.
#define ONCE _Pragma("clang loop unroll(disable)")
#define FMA __builtin_elementwise_fma

INLINE VECTOR NAME(load)(const float *from) NNK_NONBLOCKING { return *(const VECTOR *)from; }
INLINE VECTOR NAME(everywhere)(float x) NNK_NONBLOCKING { return x - (VECTOR){0}; }

#if LANES == 4
#define TWICE 0, 0, 1, 1
#define BOTH 0, 1, 0, 1
#define EVEN 0, 2
#define ODD 1, 3
#elif LANES == 8
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3
#define BOTH 0, 1, 0, 1, 0, 1, 0, 1
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#else
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7
#define BOTH 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#endif
#define GROUP (LANES == 16 ? 4 : 2)

// Each of LANES / share weights in `share` lanes, for as many rows of a group.
INLINE VECTOR NAME(repeated)(const int share, const float *from) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    const QUARTER quarter = *(const QUARTER *)from;
    return __builtin_shufflevector(quarter, quarter, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  }
#endif
  const HALF half = *(const HALF *)from;
  return __builtin_shufflevector(half, half, TWICE);
}
// The elements of `share` rows, again and again.
INLINE VECTOR NAME(together)(const int share, const float *from) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    const QUARTER quarter = *(const QUARTER *)from;
    return __builtin_shufflevector(quarter, quarter, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  }
#endif
  const PAIR pair = *(const PAIR *)from;
  return __builtin_shufflevector(pair, pair, BOTH);
}

// --- Packed weights ------------------------------------------------------------------------------------------------

// The strip that begins when so many outputs are left: whole vectors, and how many rows share the one that follows; 1: none does.
typedef struct NAME(forward_strip) {
  int vectors;
  int share;
  size_t width;
} NAME(forward_strip);
#define STRIP NAME(forward_strip)

INLINE STRIP NAME(strip)(size_t left) NNK_NONBLOCKING {
  STRIP strip = {2, 1, 2 * LANES};
  if (left > 2 * LANES + LANES / 2) return strip;
  const size_t behind = left % LANES;
  strip.vectors = (int)(left / LANES);
  strip.share = behind == 0 ? 1 : LANES == 16 && strip.vectors == 1 && behind <= LANES / 4 ? 4 : 2;
  if (behind > LANES / 2) {
    strip.vectors++;
    strip.share = 1;
  }
  strip.width = (size_t)strip.vectors * LANES + (strip.share > 1 ? LANES / (size_t)strip.share : 0);
  return strip;
}

// One number for a strip's form, and each form that there is.
#define FORM_OF(vectors, share) (8 * (vectors) + (share))
#if LANES == 16
#define EACH_FORM FORM(2, 2) FORM(2, 1) FORM(1, 4) FORM(1, 2) FORM(1, 1) FORM(0, 2)
#else
#define EACH_FORM FORM(2, 2) FORM(2, 1) FORM(1, 2) FORM(1, 1) FORM(0, 2)
#endif
INLINE int NAME(form)(STRIP strip) NNK_NONBLOCKING { return FORM_OF(strip.vectors, strip.share); }

// Whether the next `count` strips are of two vectors without padding.
INLINE bool NAME(are_whole)(size_t left, size_t count) NNK_NONBLOCKING {
  const size_t before = (count - 1) * 2 * LANES;
  return left >= before + 2 * LANES && NAME(strip)(left - before).width == 2 * LANES;
}

__attribute__((noinline)) static size_t NAME(forward_width)(size_t n) NNK_NONBLOCKING {
  size_t width = 0;
  for (size_t j = 0; j < n; j += NAME(strip)(n - j).width) width += NAME(strip)(n - j).width;
  return width;
}

static void NAME(forward_pack)(size_t n, size_t k, size_t first, size_t count, const float *rows,
                               float *panels) NNK_NONBLOCKING {
  const size_t all = NAME(forward_width)(n);
  for (size_t x = 0; x < k; x += NNK_BLOCK) {
    const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
    for (size_t j = first, width; j < first + count; j += width) {
      width = NAME(strip)(n - j).width;
      float *to = panels + x * all + j * columns;
      const float *from = rows + (j - first) * k + x;
      const size_t used = n - j < width ? n - j : width;
      for (size_t y = 0; y < columns; y++, to += width) {
        _Pragma("clang loop vectorize(disable)") ONCE for (size_t lane = 0; lane < used; lane++) to[lane] = from[lane * k + y];
        _Pragma("clang loop vectorize(disable)") ONCE for (size_t lane = used; lane < width; lane++) to[lane] = 0;
      }
    }
  }
}

// --- Sums into memory ------------------------------------------------------------------------------------------------

// Where sums go: c[i] = base[i] + sum, base being the bias for the first block, then c itself.
typedef struct NAME(forward_target) {
  const float *base;
  size_t base_row;
  float *c;
  size_t c_row;
} NAME(forward_target);
#define TARGET NAME(forward_target)

INLINE TARGET NAME(at)(TARGET target, size_t i, size_t j) NNK_NONBLOCKING {
  target.base += i * target.base_row + j;
  target.c += i * target.c_row + j;
  return target;
}

// The same place after its first block.
INLINE TARGET NAME(again)(TARGET target) NNK_NONBLOCKING {
  return (TARGET){target.c, target.c_row, target.c, target.c_row};
}

// The outputs of row r of `share` rows that share a vector, at the front of a half.
INLINE HALF NAME(of_row)(const int share, const int r, VECTOR sums) NNK_NONBLOCKING {
#if LANES == 16
#define OF_ROW(r) __builtin_shufflevector(sums, sums, r, r + 4, r + 8, r + 12, -1, -1, -1, -1)
  if (share == 4) return r == 0 ? OF_ROW(0) : r == 1 ? OF_ROW(1) : r == 2 ? OF_ROW(2) : OF_ROW(3);
#undef OF_ROW
#endif
  return r ? __builtin_shufflevector(sums, sums, ODD) : __builtin_shufflevector(sums, sums, EVEN);
}

// to = from + sum, of whole vectors, and of LANES / share outputs.
INLINE void NAME(add)(VECTOR sum, const float *from, float *to) NNK_NONBLOCKING {
  *(VECTOR *)to = NAME(load)(from) + sum;
}

INLINE void NAME(add_part)(const int share, HALF sum, const float *from, float *to) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    *(QUARTER *)to = *(const QUARTER *)from + __builtin_shufflevector(sum, sum, 0, 1, 2, 3);
    return;
  }
#endif
  *(HALF *)to = *(const HALF *)from + sum;
}

// The same for `rows` rows of sums, `stride` apart, where the outputs end within the vectors. Not inlined, or it would stand in each
// tile.
__attribute__((noinline)) static void NAME(add_some)(size_t rows, size_t width, const float *sums, size_t stride,
                                                     TARGET target) NNK_NONBLOCKING {
  for (size_t r = 0; r < rows; r++) {
    const TARGET row = NAME(at)(target, r, 0);
    _Pragma("clang loop vectorize(disable)") ONCE for (size_t j = 0; j < width; j++) row.c[j] = row.base[j] + sums[r * stride + j];
  }
}

#include "forward_tiles.inc.h"
#include "forward_compact.inc.h"
#include "forward_row.inc.h"

// --- The layer -------------------------------------------------------------------------------------------------------

static void NAME(forward)(const nnk_layer *layer, size_t m, const uint8_t *bytes, const float *floats, float *c, float *scratch,
                          bool backwards) NNK_NONBLOCKING {
  if (m == 1) {
    NAME(forward_one)(layer, bytes, floats, c, scratch, backwards);
    return;
  }
  const size_t n = layer->outputs, k = layer->inputs, all = NAME(forward_width)(n);
  const bool far = n * k >= NNK_FORWARD_FAR;
  // So many outputs at a time that those of all rows stay in the third-level cache between blocks.
  for (size_t first = 0, end; first < n; first = end) {
    end = m >= 4 && n - first > NNK_FORWARD_OUTPUTS + NNK_FORWARD_STRIP ? first + NNK_FORWARD_OUTPUTS : n;
    TARGET target = {layer->bias, 0, c, n};
    for (size_t x = 0; x < k; x += NNK_BLOCK) {
      const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
      // A tile's rows at a time where one strip is all there is, so that they are still in the first-level cache.
      for (size_t i = 0, count; i < m; i += count) {
        count = all <= 2 * LANES + LANES / 2 && m - i > 16 ? 12 : m - i;
        for (size_t r = i; r < i + count; r += GROUP)
          if (bytes)
            NAME(group_u8)(i + count, r, k, columns, bytes + x, scratch + (r - i) * columns);
          else
            NAME(group_f32)(i + count, r, k, columns, floats + x, scratch + (r - i) * columns);
        NAME(block)(far, count, n, first, end, columns, scratch, layer->panels + x * all, NAME(at)(target, i, 0));
      }
      target = NAME(again)(target);
    }
  }
}

#undef VECTOR
#undef HALF
#undef QUARTER
#undef PAIR
#undef GROUP
#undef FORM_OF
#undef EACH_FORM
#undef TARGET
#undef AHEAD
#undef ASK
#undef STRIP
#undef INLINE
#undef FMA
#undef UNROLL
#undef ONCE
#undef TWICE
#undef BOTH
#undef EVEN
#undef ODD
