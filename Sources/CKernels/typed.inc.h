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
                            c + i * c_row, c_row);
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
                              c_row);
      }
    }
  }
}
#undef ROWS_AT_A_TIME

void FN(fold)(size_t n, size_t k, size_t channels, const REAL *weight, const REAL *bias, const double *scale,
              const double *offset, REAL *folded_weight, REAL *folded_bias) NNK_NONBLOCKING {
  bool shifted = false, one_scale = true;
  for (size_t c = 0; c < channels; c++) {
    shifted = shifted || offset[c] != 0;
    one_scale = one_scale && scale[c] == scale[0];
  }
  for (size_t j = 0; j < n; j++) {
    const REAL *row = weight + j * k;
    REAL *folded = folded_weight + j * k;
    if (one_scale) {  // without the inner loop the compiler makes vectors of it
      const double factor = scale[0];
      for (size_t x = 0; x < k; x++) folded[x] = (REAL)((double)row[x] * factor);
    } else {
      for (size_t x = 0; x < k; x += channels)
        for (size_t c = 0; c < channels && x + c < k; c++) folded[x + c] = (REAL)((double)row[x + c] * scale[c]);
    }
    if (!shifted) {
      folded_bias[j] = bias[j];
      continue;
    }
    double sum = (double)bias[j];
    for (size_t x = 0; x < k; x += channels)
      for (size_t c = 0; c < channels && x + c < k; c++) sum = sum - (double)row[x + c] * offset[c];
    folded_bias[j] = (REAL)sum;
  }
}

void FN(unfold_gradient)(size_t n, size_t first_k, size_t k, size_t channels, REAL *gradient, size_t row,
                         const REAL *bias_gradient, const double *scale, const double *offset) NNK_NONBLOCKING {
  for (size_t j = 0; j < n; j++)
    for (size_t x = 0, c = first_k % channels; x < k; x++, c = c + 1 == channels ? 0 : c + 1) {
      REAL *g = gradient + j * row + x;
      *g = (REAL)((double)*g * scale[c] - offset[c] * (double)bias_gradient[j]);
    }
}

void FN(output_delta)(size_t m, size_t n, const REAL *activations, const int32_t *labels, REAL factor,
                      REAL *delta) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++) {
    const size_t one = n == 1 ? 0 : (size_t)labels[i];
    const REAL target = n == 1 ? (REAL)labels[i] : 1;
    for (size_t j = 0; j < n; j++)
      delta[i * n + j] = (activations[i * n + j] - (j == one ? target : 0)) * factor;
  }
}

void FN(activation_gradient)(nnk_activation activation, size_t count, const REAL *a, REAL *delta) NNK_NONBLOCKING {
  switch (activation) {
    case NNK_LINEAR:
    case NNK_SOFTMAX:
      break;
    case NNK_RELU:
      for (size_t j = 0; j < count; j++) delta[j] = a[j] > 0 ? delta[j] : 0;
      break;
    case NNK_LEAKY_RELU:
      for (size_t j = 0; j < count; j++) delta[j] = a[j] > 0 ? delta[j] : delta[j] * (REAL)NNK_LEAKY_SLOPE;
      break;
    case NNK_TANH:
      for (size_t j = 0; j < count; j++) delta[j] = delta[j] * (1 - a[j] * a[j]);
      break;
    case NNK_SIGMOID:
      for (size_t j = 0; j < count; j++) delta[j] = delta[j] * (a[j] * (1 - a[j]));
      break;
  }
}

void FN(column_sums)(size_t m, size_t n, const REAL *a, size_t row, REAL *sums) NNK_NONBLOCKING {
  // So many columns side by side, so that memory is read along its rows.
  enum { COLUMNS = 32 };
  for (size_t j = 0; j < n; j += COLUMNS) {
    const size_t width = n - j < COLUMNS ? n - j : COLUMNS;
    REAL totals[COLUMNS] = {0};
    for (size_t i = 0; i < m; i += NNK_BLOCK) {
      const size_t end = m - i < NNK_BLOCK ? m : i + NNK_BLOCK;
      REAL block[COLUMNS] = {0};
      for (size_t r = i; r < end; r++)
        for (size_t c = 0; c < width; c++) block[c] = block[c] + a[r * row + j + c];
      for (size_t c = 0; c < width; c++) totals[c] = totals[c] + block[c];
    }
    for (size_t c = 0; c < width; c++) sums[j + c] = totals[c];
  }
}

void FN(descend)(size_t count, REAL rate, const REAL *gradient, REAL *parameters) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) parameters[j] = parameters[j] - rate * gradient[j];
}
