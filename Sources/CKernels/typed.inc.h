// What is the same for every instruction set, for one element type. Included with REAL and FN(name).
// Each element is computed on its own, so the width that the compiler vectorises at cannot show in the bits.

// Rows of bytes that are converted at a time; with NNK_BLOCK columns they fit the first-level cache and any stack.
#define BYTE_ROWS 8

size_t FN(packed_count)(const nnk_kernels *kernels, size_t n, size_t k) NNK_NONBLOCKING {
  const size_t lanes = kernels->FIELD(lanes);
  return (n + lanes - 1) / lanes * lanes * k;
}

#define PACK(name, TYPE)                                                                                               \
  void FN(name)(const nnk_kernels *kernels, size_t n, size_t k, const TYPE *source, ptrdiff_t n_stride,                \
                ptrdiff_t k_stride, REAL *panels) NNK_NONBLOCKING {                                                    \
    const size_t lanes = kernels->FIELD(lanes);                                                                        \
    for (size_t j = 0; j < n; j += lanes) {                                                                            \
      const size_t width = n - j < lanes ? n - j : lanes;                                                              \
      const TYPE *from = source + (ptrdiff_t)j * n_stride;                                                             \
      for (size_t x = 0; x < k; x++, panels += lanes) {                                                                \
        const TYPE *column = from + (ptrdiff_t)x * k_stride;                                                           \
        if (n_stride == 1)                                                                                             \
          for (size_t lane = 0; lane < width; lane++) panels[lane] = (REAL)column[lane];                               \
        else                                                                                                           \
          for (size_t lane = 0; lane < width; lane++) panels[lane] = (REAL)column[(ptrdiff_t)lane * n_stride];         \
        for (size_t lane = width; lane < lanes; lane++) panels[lane] = 0;                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }
PACK(pack, REAL)
PACK(pack_u8, uint8_t)
#undef PACK

static void FN(begin_rows)(size_t m, size_t n, const REAL *bias, REAL *c, size_t c_row) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) c[i * c_row + j] = bias ? bias[j] : 0;
}

// So many rows of c and a stay in the cache while all panels pass over them.
#define ROWS_AT_A_TIME 64

void FN(accumulate)(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row,
                    ptrdiff_t a_col, const REAL *panels, REAL *c, size_t c_row) NNK_NONBLOCKING {
  const size_t lanes = kernels->FIELD(lanes);
  for (size_t i = 0; i < m; i += ROWS_AT_A_TIME) {
    const size_t rows = m - i < ROWS_AT_A_TIME ? m - i : ROWS_AT_A_TIME;
    for (size_t x = 0; x < k; x += NNK_BLOCK)
      kernels->FIELD(block)(rows, n, k - x < NNK_BLOCK ? k - x : NNK_BLOCK,
                            a + (ptrdiff_t)i * a_row + (ptrdiff_t)x * a_col, a_row, a_col, panels + x * lanes, k * lanes,
                            c + i * c_row, c_row, lanes, false);
  }
}

void FN(product)(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const REAL *a, ptrdiff_t a_row,
                 ptrdiff_t a_col, const REAL *panels, const REAL *bias, REAL *c, size_t c_row) NNK_NONBLOCKING {
  FN(begin_rows)(m, n, bias, c, c_row);
  FN(accumulate)(kernels, m, n, k, a, a_row, a_col, panels, c, c_row);
}

void FN(product_u8)(const nnk_kernels *kernels, size_t m, size_t n, size_t k, const uint8_t *a, ptrdiff_t a_row,
                    ptrdiff_t a_col, const REAL *panels, const REAL *bias, REAL *c, size_t c_row) NNK_NONBLOCKING {
  const size_t lanes = kernels->FIELD(lanes);
  REAL converted[BYTE_ROWS * NNK_BLOCK];
  FN(begin_rows)(m, n, bias, c, c_row);
  for (size_t start = 0; start < m; start += ROWS_AT_A_TIME) {
    const size_t end = m - start < ROWS_AT_A_TIME ? m : start + ROWS_AT_A_TIME;
    for (size_t x = 0; x < k; x += NNK_BLOCK) {
      const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
      for (size_t i = start; i < end; i += BYTE_ROWS) {
        const size_t rows = end - i < BYTE_ROWS ? end - i : BYTE_ROWS;
        for (size_t r = 0; r < rows; r++) {
          const uint8_t *from = a + (ptrdiff_t)(i + r) * a_row + (ptrdiff_t)x * a_col;
          REAL *to = converted + r * NNK_BLOCK;
          if (a_col == 1)
            for (size_t y = 0; y < columns; y++) to[y] = (REAL)from[y];
          else
            for (size_t y = 0; y < columns; y++) to[y] = (REAL)from[(ptrdiff_t)y * a_col];
        }
        kernels->FIELD(block)(rows, n, columns, converted, NNK_BLOCK, 1, panels + x * lanes, k * lanes, c + i * c_row,
                              c_row, lanes, false);
      }
    }
  }
}
#undef ROWS_AT_A_TIME

#define FOLD void FN(fold)
#include "fold.inc.h"
#undef FOLD
