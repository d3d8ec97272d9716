// Sums of products of bytes for one instruction set. Whole numbers have no rounding, so any order gives the same bits: lanes run
// along k, and the weights stay as they are stored, a row after the other. The including file defines
//   NAME(x)            the name of x for this instruction set
//   SUMS               a vector of partial sums, with ZERO()
//   ADD_UP(a, b, c, d, to)  the sums of the lanes of four vectors, as four int32_t at to
//   BYTES              64 bytes of a row, with LOAD(pointer)
//   DOT(sums, a, w)    sums with the products of 64 bytes a (unsigned) and w (signed) added
//   DOT_HALF(s, a, w)  the same of the first 32
//   START(row_sum)     what a sum begins with, from the sum of the output's weights
//   TILE_ROWS, LESS_ROWS, TILE_OUTPUTS  a tile, of fewer rows at the end; a single row is taken with 4 outputs

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")

// A tile: R rows by O outputs.
INLINE void NAME(int8_tile)(const int R, const int O, size_t columns, nnk_int8_rows a, const int8_t *w, size_t w_row,
                            const int32_t *row_sums, int32_t *c, size_t c_row, bool adds) NNK_NONBLOCKING {
  SUMS sums[24];
  UNROLL for (int t = 0; t < (R * O + 3) / 4 * 4; t++) sums[t] = ZERO();
  const size_t whole = columns / NNK_INT8_STEP * NNK_INT8_STEP, rest = columns - whole;
  for (size_t x = 0; x < whole; x += NNK_INT8_STEP, a.from += a.step) {
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

#define TILE(R, O)                                                                                          \
  NAME(int8_tile)(R, O, columns, (nnk_int8_rows){a.from + i * a.row, a.step, a.row}, w + j * w_row, w_row, \
                  layer->row_sums + j, sums + i * n + j, n, adds)

// Rows from i on, R at a time, with all outputs from `first` on.
INLINE size_t NAME(int8_rows)(const int R, size_t i, size_t first, const nnk_int8_layer *layer, size_t columns,
                              size_t m, nnk_int8_rows a, const int8_t *w, size_t w_row, int32_t *sums,
                              bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  for (; m - i >= (size_t)R; i += (size_t)R) {
    size_t j = first;
    for (; n - j >= TILE_OUTPUTS; j += TILE_OUTPUTS) TILE(R, TILE_OUTPUTS);
    for (; j < n; j++) TILE(R, 1);
  }
  return i;
}

// `int8_sums` for the outputs from `first` on.
INLINE void NAME(int8_sums_from)(size_t first, const nnk_int8_layer *layer, size_t x, size_t columns, size_t m,
                                 nnk_int8_rows a, int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs, w_row = nnk_int8_row(layer->inputs);
  const int8_t *w = layer->weights + x;
  size_t i = 0, j = first;
  if (m == 1) {
    for (; n - j >= 4; j += 4) TILE(1, 4);
    for (; j < n; j++) TILE(1, 1);
  } else if (n - first < m) {
    // What there is less of stays in the first-level cache: here the weights, below the rows.
    i = NAME(int8_rows)(TILE_ROWS, i, first, layer, columns, m, a, w, w_row, sums, adds);
    i = NAME(int8_rows)(LESS_ROWS, i, first, layer, columns, m, a, w, w_row, sums, adds);
    NAME(int8_rows)(1, i, first, layer, columns, m, a, w, w_row, sums, adds);
  } else {
    for (; n - j >= TILE_OUTPUTS; j += TILE_OUTPUTS) {
      for (i = 0; m - i >= TILE_ROWS; i += TILE_ROWS) TILE(TILE_ROWS, TILE_OUTPUTS);
      for (; LESS_ROWS > 1 && m - i >= LESS_ROWS; i += LESS_ROWS) TILE(LESS_ROWS, TILE_OUTPUTS);
      for (; i < m; i++) TILE(1, TILE_OUTPUTS);
    }
    for (; j < n; j++)
      for (i = 0; i < m; i++) TILE(1, 1);
  }
}

#undef TILE
#ifdef PANEL
#include "int8_panels.inc.h"
#else
NNK_INT8_SUMS(NAME(nnk_int8_sums)) { NAME(int8_sums_from)(0, layer, x, columns, m, a, sums, adds); }
#endif

#undef INLINE
#undef UNROLL
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
#undef LESS_ROWS
#undef TILE_OUTPUTS
