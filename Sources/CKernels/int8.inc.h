// Sums of products of bytes for one instruction set. Whole numbers have no rounding, so any order gives the same bits: lanes run
// along k, and the weights stay as they are stored, a row after the other. The including file defines
//   NAME(x)            the name of x for this instruction set
//   SUMS               a vector of partial sums, with ZERO()
//   ADD_UP(a, b, c, d, to)  the sums of the lanes of four vectors, as four int32_t at to
//   BYTES              64 bytes of a row, with LOAD(pointer)
//   DOT(sums, a, w)    sums with the products of 64 bytes a (unsigned) and w (signed) added
//   DOT_HALF(s, a, w)  the same of the first 32, where that is less work
//   START(row_sum)     what a sum begins with, from the sum of the output's weights
//   TILE_ROWS, TILE_OUTPUTS  a tile; SHORT_ROWS of one for what rows are left, or each by itself. A single row is taken with 4 outputs.
//                      Outputs that are left, or all without TILE_OUTPUTS, are taken one at a time with TALL_ROWS rows (or TILE_ROWS)

_Static_assert(NNK_INT8_PIECE % NNK_INT8_STEP == 0, "only the last piece has a rest");
#ifndef TALL_ROWS
#define TALL_ROWS TILE_ROWS
#endif

#define FOUR __attribute__((vector_size(16))) int32_t
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")
#define ONCE _Pragma("clang loop unroll(disable)")

// A tile: R rows by O outputs. The row at `next` is asked for meanwhile.
INLINE void NAME(int8_tile)(const int R, const int O, size_t columns, nnk_int8_rows a, const uint8_t *next,
                            const int8_t *w, size_t w_row, const int32_t *row_sums, int32_t *c, size_t c_row,
                            bool adds) NNK_NONBLOCKING {
  SUMS sums[24];
  UNROLL for (int t = 0; t < (R * O + 3) / 4 * 4; t++) sums[t] = ZERO();
  // Behind the last elements are zeros, of rows and weights.
#ifdef DOT_HALF
  const size_t steps = (columns + NNK_INT8_STEP / 2 - 1) / NNK_INT8_STEP, end = steps * NNK_INT8_STEP;
#else
  const size_t end = columns;
#endif
  ONCE for (size_t x = 0; x < end; x += NNK_INT8_STEP, a.from += a.step, next += a.step) {
    if (R > 1) __builtin_prefetch(next, 0, 2);
    BYTES weights[4];
    UNROLL for (int o = 0; o < O; o++) weights[o] = LOAD((const uint8_t *)w + (size_t)o * w_row + x);
    UNROLL for (int r = 0; r < R; r++) {
      const BYTES row = LOAD(a.from + (size_t)r * a.row);
      UNROLL for (int o = 0; o < O; o++) sums[r * O + o] = DOT(sums[r * O + o], row, weights[o]);
    }
  }
#ifdef DOT_HALF
  if (end < columns)
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int o = 0; o < O; o++)
        sums[r * O + o] = DOT_HALF(sums[r * O + o], LOAD(a.from + (size_t)r * a.row),
                                   LOAD((const uint8_t *)w + (size_t)o * w_row + end));
#endif
  int32_t totals[24];
  UNROLL for (int t = 0; t < R * O; t += 4) ADD_UP(sums[t], sums[t + 1], sums[t + 2], sums[t + 3], totals + t);
  UNROLL for (int r = 0; r < R; r++) {
    int32_t *to = c + (size_t)r * c_row;
    // At once, which the compiler does not find.
    if (O == 4) {
      FOUR four, before = {START(row_sums[0]), START(row_sums[1]), START(row_sums[2]), START(row_sums[3])};
      __builtin_memcpy(&four, totals + 4 * r, sizeof four);
      if (adds) __builtin_memcpy(&before, to, sizeof before);
      four += before;
      __builtin_memcpy(to, &four, sizeof four);
    } else {
      UNROLL for (int o = 0; o < O; o++) to[o] = totals[r * O + o] + (adds ? to[o] : START(row_sums[o]));
    }
  }
}

// Tiles of R rows, from row i on as many as there are, by O of the outputs from j to `end`, each of which asks for one of the rows behind.
// Returns the row behind them. Functions of their own, as each is called in several places.
#define TILE_FUNCTION(name, R, O)                                                                                          \
  __attribute__((noinline)) static size_t NAME(name)(const nnk_int8_layer *layer, size_t i, size_t j, size_t end,         \
                                                     size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums,  \
                                                     bool adds) NNK_NONBLOCKING {                                         \
    const size_t n = layer->outputs, w_row = nnk_int8_row(layer->inputs);                                                 \
    for (; m - i >= (R); i += (R))                                                                                        \
      for (size_t o = j, next = i + (R); end - o >= (O); o += (O), next++) {                                              \
        NAME(int8_tile)(R, O, columns, (nnk_int8_rows){a.from + i * a.row, a.step, a.row},                                \
                        a.from + (next < m ? next : i) * a.row, layer->weights + x + o * w_row, w_row,                    \
                        layer->row_sums + o, sums + i * n + o, n, adds);                                                  \
      }                                                                                                                   \
    return i;                                                                                                             \
  }
TILE_FUNCTION(int8_tall_tiles, TALL_ROWS, 1)
TILE_FUNCTION(int8_single_tiles, 1, 1)
#ifdef TILE_OUTPUTS
TILE_FUNCTION(int8_tiles, TILE_ROWS, TILE_OUTPUTS)
TILE_FUNCTION(int8_wide_tiles, 1, 4)
#ifdef SHORT_ROWS
TILE_FUNCTION(int8_short_tiles, SHORT_ROWS, TILE_OUTPUTS)
#endif
#endif
#undef TILE_FUNCTION

// Whatever outputs there are, as rows of weights.
static void NAME(int8_sums_of_rows)(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a,
                                    int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  for (size_t count; columns > 0; columns -= count, x += count, a.from += count / NNK_INT8_STEP * a.step, adds = true) {
    count = columns < NNK_INT8_PIECE ? columns : NNK_INT8_PIECE;
    size_t whole = 0;
#ifdef TILE_OUTPUTS
    const size_t width = m == 1 ? 4 : TILE_OUTPUTS;
    whole = n / width * width;
    // A tile's rows stay in the first-level cache below all outputs, as a row is read from further away than weights; or its outputs below
    // all rows, where there are more outputs than rows and than the second-level cache is to hold.
    const size_t most = m == 1 || n < m || n < 64 ? whole : width;
    for (size_t j = 0; j < whole; j += most) {
      size_t i = 0;
      if (m > 1) i = NAME(int8_tiles)(layer, i, j, j + most, x, count, m, a, sums, adds);
#ifdef SHORT_ROWS
      if (m > 1) i = NAME(int8_short_tiles)(layer, i, j, j + most, x, count, m, a, sums, adds);
#endif
      if (width % 4 == 0)
        NAME(int8_wide_tiles)(layer, i, j, j + most, x, count, m, a, sums, adds);
      else
        NAME(int8_single_tiles)(layer, i, j, j + most, x, count, m, a, sums, adds);
    }
    if (whole == n) continue;
#endif
    const size_t i = NAME(int8_tall_tiles)(layer, 0, whole, n, x, count, m, a, sums, adds);
    if (i < m) NAME(int8_single_tiles)(layer, i, whole, n, x, count, m, a, sums, adds);
  }
}

#ifdef PANEL
#include "int8_panels.inc.h"
#else
NNK_INT8_SUMS(NAME(nnk_int8_sums)) { NAME(int8_sums_of_rows)(layer, x, columns, m, a, sums, adds); }
#endif

#undef INLINE
#undef UNROLL
#undef ONCE
#undef NAME
#undef SUMS
#undef ZERO
#undef ADD_UP
#undef BYTES
#undef LOAD
#undef DOT
#undef DOT_HALF
#undef FOUR
#undef START
#undef TILE_ROWS
#undef TILE_OUTPUTS
#undef SHORT_ROWS
#undef TALL_ROWS
