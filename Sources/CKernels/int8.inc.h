// Sums of products of bytes for one instruction set. Whole numbers have no rounding, so any order gives the same bits: lanes run
// along k, and the weights stay as they are stored, a row after the other. The including file defines
//   NAME(x)            the name of x for this instruction set
//   SUMS               a vector of partial sums, with ZERO()
//   ADD_UP(a, b, c, d, to)  the sums of the lanes of four vectors, as four int32_t at to
//   BYTES              64 bytes of a row, with LOAD(pointer)
//   DOT(sums, a, w)    sums with the products of 64 bytes a (unsigned) and w (signed) added
//   DOT_HALF(s, a, w)  the same of the first 32
//   START(row_sum)     what a sum begins with, from the sum of the output's weights
//   TILE_ROWS, TILE_OUTPUTS  a tile; a single row is taken with 4 outputs; where there is PANEL, the rows alone

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")
#define ONCE _Pragma("clang loop unroll(disable)")

// A tile: R rows by O outputs.
INLINE void NAME(int8_tile)(const int R, const int O, size_t columns, nnk_int8_rows a, const int8_t *w, size_t w_row,
                            const int32_t *row_sums, int32_t *c, size_t c_row, bool adds) NNK_NONBLOCKING {
  SUMS sums[24];
  UNROLL for (int t = 0; t < (R * O + 3) / 4 * 4; t++) sums[t] = ZERO();
  const size_t whole = columns / NNK_INT8_STEP * NNK_INT8_STEP, rest = columns - whole;
  ONCE for (size_t x = 0; x < whole; x += NNK_INT8_STEP, a.from += a.step) {
    BYTES weights[4];
    UNROLL for (int o = 0; o < O; o++) weights[o] = LOAD((const uint8_t *)w + (size_t)o * w_row + x);
    UNROLL for (int r = 0; r < R; r++) {
      const BYTES row = LOAD(a.from + (size_t)r * a.row);
      UNROLL for (int o = 0; o < O; o++) sums[r * O + o] = DOT(sums[r * O + o], row, weights[o]);
    }
  }
  if (rest > NNK_INT8_STEP / 2)
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int o = 0; o < O; o++)
        sums[r * O + o] = DOT(sums[r * O + o], LOAD(a.from + (size_t)r * a.row),
                              LOAD((const uint8_t *)w + (size_t)o * w_row + whole));
  else if (rest)
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int o = 0; o < O; o++)
        sums[r * O + o] = DOT_HALF(sums[r * O + o], LOAD(a.from + (size_t)r * a.row),
                                   LOAD((const uint8_t *)w + (size_t)o * w_row + whole));
  int32_t totals[24];
  UNROLL for (int t = 0; t < R * O; t += 4) ADD_UP(sums[t], sums[t + 1], sums[t + 2], sums[t + 3], totals + t);
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int o = 0; o < O; o++) {
    int32_t *to = c + (size_t)r * c_row + o;
    *to = totals[r * O + o] + (adds ? *to : START(row_sums[o]));
  }
}

// Tiles of R rows, from row i on as many as there are, by O of the outputs from j to `end`. Returns the row behind them. Functions of
// their own, as each is called in several places.
#define TILE_FUNCTION(name, R, O)                                                                                          \
  __attribute__((noinline)) static size_t NAME(name)(const nnk_int8_layer *layer, size_t i, size_t j, size_t end,         \
                                                     size_t x, size_t columns, size_t m, nnk_int8_rows a, int32_t *sums,  \
                                                     bool adds) NNK_NONBLOCKING {                                         \
    const size_t n = layer->outputs, w_row = nnk_int8_row(layer->inputs);                                                 \
    for (; m - i >= (R); i += (R))                                                                                        \
      for (size_t o = j; end - o >= (O); o += (O))                                                                        \
        NAME(int8_tile)(R, O, columns, (nnk_int8_rows){a.from + i * a.row, a.step, a.row},                                \
                        layer->weights + x + o * w_row, w_row, layer->row_sums + o, sums + i * n + o, n, adds);           \
    return i;                                                                                                             \
  }
TILE_FUNCTION(int8_tall_tiles, TILE_ROWS, 1)
TILE_FUNCTION(int8_single_tiles, 1, 1)
#ifndef PANEL
TILE_FUNCTION(int8_tiles, TILE_ROWS, TILE_OUTPUTS)
TILE_FUNCTION(int8_wide_tiles, 1, 4)
#endif
#undef TILE_FUNCTION

// Whatever outputs there are, as rows of weights. Where panels take the wider layers, few outputs need no wider tiles.
static void NAME(int8_sums_of_rows)(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a,
                                    int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  size_t whole = 0;
#ifndef PANEL
  const size_t width = m == 1 ? 4 : TILE_OUTPUTS;
  whole = n / width * width;
  // What there is less of stays in the first-level cache: a tile's rows below all outputs, or its outputs below all rows.
  const size_t most = n < m || m == 1 ? whole : width;
  for (size_t j = 0; j < whole; j += most) {
    size_t i = 0;
    if (m == 1)
      i = NAME(int8_wide_tiles)(layer, i, j, j + most, x, columns, m, a, sums, adds);
    else
      i = NAME(int8_tiles)(layer, i, j, j + most, x, columns, m, a, sums, adds);
    if (i < m) NAME(int8_single_tiles)(layer, i, j, j + most, x, columns, m, a, sums, adds);
  }
  if (whole == n) return;
#endif
  const size_t i = NAME(int8_tall_tiles)(layer, 0, whole, n, x, columns, m, a, sums, adds);
  if (i < m) NAME(int8_single_tiles)(layer, i, whole, n, x, columns, m, a, sums, adds);
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
#undef START
#undef TILE_ROWS
#undef TILE_OUTPUTS
