// AMX: one instruction adds the products of 16 rows with 64 inputs of 16 outputs to their sums of 32 bits.
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

// The registers are named by constants: sums of two times 16 rows by two panels, 16 rows of bytes twice, two panels of weights.
#define TILE_ROWS 16
#define PANEL 16
// The inputs that are taken at a time, so that the rows of a tile stay in the first-level cache for all panels.
#define PIECE 1024
#pragma clang attribute push(__attribute__((target("amx-tile,amx-int8"))), apply_to = function)

// What _tile_loadconfig reads.
typedef struct shapes {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} shapes;

// Registers of whole tiles, or those of rows of fewer.
static void shape(size_t rows) NNK_NONBLOCKING {
  shapes shapes;
  __builtin_memset(&shapes, 0, sizeof shapes);
  shapes.palette = 1;
  for (int t = 0; t < 8; t++) {
    shapes.bytes[t] = 64;
    shapes.rows[t] = t < 6 ? (uint8_t)rows : 16;
  }
  _tile_loadconfig(&shapes);
}

// The weights of the step after the next: the processor does not foresee what the loads of a register need.
#define FETCH(w) \
  for (size_t line = 0; line < NNK_INT8_STEP * PANEL; line += 64) __builtin_prefetch((w) + 2 * NNK_INT8_STEP * PANEL + line);

// R times the rows of a register by V panels.
#define TILES_FUNCTION(name, R, V)                                                                                       \
  static void name(size_t steps, nnk_int8_rows a, const int8_t *w, size_t panel, int32_t *c, size_t c_row,               \
                   bool adds) NNK_NONBLOCKING {                                                                          \
    int32_t *const below = c + TILE_ROWS * c_row;                                                                        \
    const size_t row = c_row * sizeof *c;                                                                                \
    if (adds) {                                                                                                          \
      _tile_loadd(0, c, row);                                                                                            \
      if (V > 1) _tile_loadd(1, c + PANEL, row);                                                                         \
      if (R > 1) _tile_loadd(2, below, row);                                                                             \
      if (R > 1 && V > 1) _tile_loadd(3, below + PANEL, row);                                                            \
    } else {                                                                                                             \
      _tile_zero(0);                                                                                                     \
      if (V > 1) _tile_zero(1);                                                                                          \
      if (R > 1) _tile_zero(2);                                                                                          \
      if (R > 1 && V > 1) _tile_zero(3);                                                                                 \
    }                                                                                                                    \
    for (; steps > 0; steps--, a.from += a.step, w += NNK_INT8_STEP * PANEL) {                                           \
      _tile_loadd(6, w, 64);                                                                                             \
      FETCH(w)                                                                                                           \
      _tile_loadd(4, a.from, a.row);                                                                                     \
      _tile_dpbusd(0, 4, 6);                                                                                             \
      if (V > 1) {                                                                                                       \
        _tile_loadd(7, w + panel, 64);                                                                                   \
        _tile_dpbusd(1, 4, 7);                                                                                           \
      }                                                                                                                  \
      if (R > 1) {                                                                                                       \
        _tile_loadd(5, a.from + TILE_ROWS * a.row, a.row);                                                               \
        _tile_dpbusd(2, 5, 6);                                                                                           \
        if (V > 1) _tile_dpbusd(3, 5, 7);                                                                                \
      }                                                                                                                  \
    }                                                                                                                    \
    _tile_stored(0, c, row);                                                                                             \
    if (V > 1) _tile_stored(1, c + PANEL, row);                                                                          \
    if (R > 1) _tile_stored(2, below, row);                                                                              \
    if (R > 1 && V > 1) _tile_stored(3, below + PANEL, row);                                                             \
  }
TILES_FUNCTION(four_tiles, 2, 2)
TILES_FUNCTION(two_below, 2, 1)
TILES_FUNCTION(two_beside, 1, 2)
TILES_FUNCTION(one_tile, 1, 1)
#undef TILES_FUNCTION
#undef FETCH

// Tiles of R rows of registers by all panels.
#define PANELS_FUNCTION(name, R, two, one)                                                                               \
  static void name(size_t n, size_t rows, size_t steps, nnk_int8_rows a, const int8_t *w, size_t panel, int32_t *c,      \
                   bool adds) NNK_NONBLOCKING {                                                                          \
    const size_t panels = n / PANEL, rest = n % PANEL;                                                                   \
    size_t p = 0;                                                                                                        \
    for (; panels - p >= 2; p += 2) two(steps, a, w + p * panel, panel, c + p * PANEL, n, adds);                         \
    if (p < panels) one(steps, a, w + p * panel, panel, c + p * PANEL, n, adds);                                         \
    if (!rest) return;                                                                                                   \
    /* A register's store would reach into the next row. */                                                              \
    int32_t last[R * TILE_ROWS * PANEL];                                                                                 \
    one(steps, a, w + panels * panel, panel, last, PANEL, false);                                                        \
    c += panels * PANEL;                                                                                                 \
    for (size_t r = 0; r < rows; r++)                                                                                    \
      for (size_t j = 0; j < rest; j++) c[r * n + j] = (adds ? c[r * n + j] : 0) + last[r * PANEL + j];                  \
  }
PANELS_FUNCTION(tall_panels, 2, four_tiles, two_below)
PANELS_FUNCTION(short_panels, 1, two_beside, one_tile)
#undef PANELS_FUNCTION

void nnk_int8_amx_panels(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a,
                         int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs, panel = nnk_int8_row(layer->inputs) * PANEL;
  const int8_t *w = layer->weights + x * PANEL;
  // Behind the last element are zeros, of the rows as of the weights.
  for (size_t left = (columns + NNK_INT8_STEP - 1) / NNK_INT8_STEP, steps; left > 0; left -= steps) {
    steps = left < PIECE / NNK_INT8_STEP ? left : PIECE / NNK_INT8_STEP;
    shape(m < TILE_ROWS ? m : TILE_ROWS);
    for (size_t i = 0, rows; i < m; i += rows) {
      const nnk_int8_rows from = {a.from + i * a.row, a.step, a.row};
      rows = m - i >= 2 * TILE_ROWS ? 2 * TILE_ROWS : m - i >= TILE_ROWS ? TILE_ROWS : m - i;
      if (rows < TILE_ROWS && i > 0) shape(rows);
      if (rows > TILE_ROWS)
        tall_panels(n, rows, steps, from, w, panel, sums + i * n, adds);
      else
        short_panels(n, rows, steps, from, w, panel, sums + i * n, adds);
    }
    a.from += steps * a.step;
    w += steps * NNK_INT8_STEP * PANEL;
    adds = true;
  }
  _tile_release();
}

#pragma clang attribute pop

#else
typedef int nnk_int8_amx_not_built;
#endif
