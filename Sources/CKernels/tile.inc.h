// The matrix product's inner block, for one element type and one vector width. Included with
//   REAL       float or double
//   LANES      elements in a vector
//   BLOCK_NAME the function's name; with _of behind it, that of the one over some columns of a
//   WIDE       panels of the widest tile, and WIDE_ROWS its rows
//   ROWS       rows of a tile that is one or two panels wide
//   VECTOR_REGISTER  the constraint of a vector that is read and written by assembler, if there is one
// A tile keeps rows × panels sums in registers while k runs; every lane is one output's own chain of fused multiply-adds.

// Left to itself the compiler may keep these loops, and the sums in memory.
#define UNROLL _Pragma("clang loop unroll(full)")
#define TILE_PASTE_(a, b) a##b
#define TILE_PASTE(a, b) TILE_PASTE_(a, b)
#define VECTOR TILE_PASTE(BLOCK_NAME, _vector)
#define TILE TILE_PASTE(BLOCK_NAME, _tile)
#define STRIP TILE_PASTE(BLOCK_NAME, _strip)
#define ALL TILE_PASTE(BLOCK_NAME, _all)
#define LINE (64 / sizeof(REAL))

typedef REAL VECTOR __attribute__((vector_size(sizeof(REAL) * LANES)));

// rows and panels are constants at every call, so the loops over them unroll and the sums stay in registers.
static inline __attribute__((always_inline)) void TILE(const int rows, const int panels, size_t columns, size_t k,
                                                       const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,
                                                       const uint32_t *places, const REAL *b, size_t panel_stride, REAL *c,
                                                       size_t c_row, size_t c_panel, bool begins) NNK_NONBLOCKING {
  VECTOR sums[8][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < panels; p++) sums[r][p] = (VECTOR){0};
  // What the sums are added to comes from far away, and is asked for before it is needed: a row at a time, as more would fill the
  // places where the first-level cache keeps what it waits for, and the products would wait with it; all at once where k is short.
  const size_t each = k >= (size_t)rows * LINE ? 1 : (size_t)rows;
  size_t asked = 0;
  // What the next tile multiplies with is asked for too, a cache line of elements at a time, as another thread may have written it: its
  // rows, or, where a is turned and its rows lie side by side, what is behind these. Behind the last row that is nothing of use.
  for (size_t line = 0; line < k; line += LINE) {
    for (size_t r = 0; r < each && asked < (size_t)rows; r++, asked++)
      UNROLL for (int p = 0; p < panels; p++) __builtin_prefetch(c + asked * c_row + p * c_panel, 1);
    const size_t end = line + LINE < k ? line + LINE : k;
    if (places || a_col == 1)
      UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(a + (rows + r) * a_row + (places ? places[line] : line));
    // Columns that are left out make a line's worth longer than a line.
    if (places)
      UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(a + (rows + r) * a_row + places[end - 1]);
    for (size_t x = line; x < end; x++) {
      const ptrdiff_t place = places ? (ptrdiff_t)places[x] : (ptrdiff_t)x * a_col;
      if (!places && a_col != 1) __builtin_prefetch(a + place + LINE);
      VECTOR weights[4];
      UNROLL for (int p = 0; p < panels; p++) __builtin_memcpy(&weights[p], b + p * panel_stride + x * LANES, sizeof(VECTOR));
      UNROLL for (int r = 0; r < rows; r++) {
        const REAL element = a[r * a_row + place];
        const VECTOR value = (VECTOR)(element - (VECTOR){0});
        UNROLL for (int p = 0; p < panels; p++) sums[r][p] = __builtin_elementwise_fma(value, weights[p], sums[r][p]);
#ifdef VECTOR_REGISTER
        // Left to itself the compiler loads the elements of all rows first, and has too few registers left for the sums.
        if (places) UNROLL for (int p = 0; p < panels; p++) __asm__ volatile("" : VECTOR_REGISTER(sums[r][p])::"memory");
#endif
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int p = 0; p < panels; p++) {
      REAL *out = c + r * c_row + p * c_panel;
      const size_t width = columns - p * LANES;
      VECTOR total = {0};
      if (width >= LANES) {
        if (!begins) __builtin_memcpy(&total, out, sizeof(VECTOR));
        total = total + sums[r][p];
        __builtin_memcpy(out, &total, sizeof(VECTOR));
      } else {
        for (size_t j = 0; j < width; j++) out[j] = (begins ? 0 : out[j]) + sums[r][p][j];
      }
    }
}

// All rows against some panels.
static inline __attribute__((always_inline)) void STRIP(const int tall, const int panels, size_t columns, size_t m,
                                                        size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,
                                                        const uint32_t *places, const REAL *b, size_t panel_stride,
                                                        REAL *c, size_t c_row, size_t c_panel, bool begins) NNK_NONBLOCKING {
  size_t i = 0;
#define ROWS_OF(count)                                                                                             \
  TILE(count, panels, columns, k, a + (ptrdiff_t)i * a_row, a_row, a_col, places, b, panel_stride, c + i * c_row, \
       c_row, c_panel, begins)
  for (; i + tall <= m; i += tall) ROWS_OF(tall);
  if (tall > 4 && i + 4 <= m) {
    ROWS_OF(4);
    i += 4;
  }
  if (i + 2 <= m) {
    ROWS_OF(2);
    i += 2;
  }
  if (i < m) ROWS_OF(1);
#undef ROWS_OF
}

static inline __attribute__((always_inline)) void ALL(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row,
                                                      ptrdiff_t a_col, const uint32_t *places, const REAL *panels,
                                                      size_t panel_stride, REAL *c, size_t c_row, size_t c_panel,
                                                      bool begins) NNK_NONBLOCKING {
  size_t j = 0;
#define PANELS_OF(rows, count)                                                                                      \
  STRIP(rows, count, n - j, m, k, a, a_row, a_col, places, panels + j / LANES * panel_stride, panel_stride,       \
        c + j / LANES * c_panel, c_row, c_panel, begins)
#if WIDE > 2
  for (; j + (WIDE - 1) * LANES < n; j += WIDE * LANES) PANELS_OF(WIDE_ROWS, WIDE);
#endif
  for (; j + LANES < n; j += 2 * LANES) PANELS_OF(ROWS, 2);
  if (j < n) PANELS_OF(ROWS, 1);
#undef PANELS_OF
}

static void BLOCK_NAME(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_col,
                       const REAL *panels, size_t panel_stride, REAL *c, size_t c_row, size_t c_panel,
                       bool begins) NNK_NONBLOCKING {
  ALL(m, n, k, a, a_row, a_col, NULL, panels, panel_stride, c, c_row, c_panel, begins);
}

// The same with k columns of a that do not lie side by side: their places in its rows.
static void TILE_PASTE(BLOCK_NAME, _of)(size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row, const uint32_t *places,
                                        const REAL *panels, size_t panel_stride, REAL *c, size_t c_row, size_t c_panel,
                                        bool begins) NNK_NONBLOCKING {
  __builtin_assume(places != NULL);
  ALL(m, n, k, a, a_row, 1, places, panels, panel_stride, c, c_row, c_panel, begins);
}

#undef VECTOR
#undef TILE
#undef STRIP
#undef ALL
#undef LINE
#undef TILE_PASTE
#undef TILE_PASTE_
#undef UNROLL
