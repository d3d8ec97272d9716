// The matrix product's inner block, for one element type and one vector width. Included with
//   REAL       float or double
//   LANES      elements in a vector
//   BLOCK_NAME the function's name
//   TALL       rows of a tile that is one panel wide
//   WIDE       rows of a tile that is two panels wide
// A tile keeps rows × panels sums in registers while k runs; every lane is one output's own chain of fused multiply-adds.

// Left to itself the compiler may keep these loops, and the sums in memory.
#define UNROLL _Pragma("clang loop unroll(full)")
#define TILE_PASTE_(a, b) a##b
#define TILE_PASTE(a, b) TILE_PASTE_(a, b)
#define VECTOR TILE_PASTE(BLOCK_NAME, _vector)
#define TILE TILE_PASTE(BLOCK_NAME, _tile)
#define STRIP TILE_PASTE(BLOCK_NAME, _strip)

typedef REAL VECTOR __attribute__((vector_size(sizeof(REAL) * LANES)));

// rows and panels are constants at every call, so the loops over them unroll and the sums stay in registers.
static inline __attribute__((always_inline)) void TILE(const int rows, const int panels, size_t columns, size_t k,
                                                       const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col, const REAL *b,
                                                       size_t panel_stride, REAL *c, size_t c_row) NNK_NONBLOCKING {
  VECTOR sums[8][2];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < panels; p++) sums[r][p] = (VECTOR){0};
  for (size_t x = 0; x < k; x++) {
    VECTOR weights[2];
    UNROLL for (int p = 0; p < panels; p++) __builtin_memcpy(&weights[p], b + p * panel_stride + x * LANES, sizeof(VECTOR));
    UNROLL for (int r = 0; r < rows; r++) {
      const REAL element = a[r * a_row + (ptrdiff_t)x * a_col];
      const VECTOR value = (VECTOR)(element - (VECTOR){0});
      UNROLL for (int p = 0; p < panels; p++) sums[r][p] = __builtin_elementwise_fma(value, weights[p], sums[r][p]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < panels; p++) {
      REAL *out = c + r * c_row + p * LANES;
      const size_t width = columns - p * LANES;
      if (width >= LANES) {
        VECTOR total;
        __builtin_memcpy(&total, out, sizeof(VECTOR));
        total = total + sums[r][p];
        __builtin_memcpy(out, &total, sizeof(VECTOR));
      } else {
        for (size_t j = 0; j < width; j++) out[j] = out[j] + sums[r][p][j];
      }
    }
}

// All rows against one or two panels.
static inline __attribute__((always_inline)) void STRIP(const int tall, const int panels, size_t columns, size_t m,
                                                        size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,
                                                        const REAL *b, size_t panel_stride, REAL *c,
                                                        size_t c_row) NNK_NONBLOCKING {
  size_t i = 0;
  for (; i + tall <= m; i += tall)
    TILE(tall, panels, columns, k, a + (ptrdiff_t)i * a_row, a_row, a_col, b, panel_stride, c + i * c_row, c_row);
  if (tall > 4 && i + 4 <= m) {
    TILE(4, panels, columns, k, a + (ptrdiff_t)i * a_row, a_row, a_col, b, panel_stride, c + i * c_row, c_row);
    i += 4;
  }
  if (i + 2 <= m) {
    TILE(2, panels, columns, k, a + (ptrdiff_t)i * a_row, a_row, a_col, b, panel_stride, c + i * c_row, c_row);
    i += 2;
  }
  if (i < m)
    TILE(1, panels, columns, k, a + (ptrdiff_t)i * a_row, a_row, a_col, b, panel_stride, c + i * c_row, c_row);
}

static void BLOCK_NAME(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,
                       const REAL *panels, size_t panel_stride, REAL *c, size_t c_row) NNK_NONBLOCKING {
  size_t j = 0;
  for (; j + LANES < n; j += 2 * LANES)
    STRIP(WIDE, 2, n - j, m, k, a, a_row, a_col, panels + j / LANES * panel_stride, panel_stride, c + j, c_row);
  if (j < n) STRIP(TALL, 1, n - j, m, k, a, a_row, a_col, panels + j / LANES * panel_stride, panel_stride, c + j, c_row);
}

#undef VECTOR
#undef TILE
#undef STRIP
#undef TILE_PASTE
#undef TILE_PASTE_
#undef UNROLL
