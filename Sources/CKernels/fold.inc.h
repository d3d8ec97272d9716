// The scale and offset of the input format folded into a first layer, for one element type. Included with
//   FOLD   what the function is declared as
//   REAL   float or double
// Without folded_weight only the biases are made.
FOLD(size_t n, size_t k, size_t channels, const REAL *weight, const REAL *bias, const double *scale,
                        const double *offset, REAL *folded_weight, REAL *folded_bias) NNK_NONBLOCKING {
  bool shifted = false, one_scale = true;
  for (size_t c = 0; c < channels; c++) {
    shifted = shifted || offset[c] != 0;
    one_scale = one_scale && scale[c] == scale[0];
  }
  for (size_t j = 0; j < n; j++) {
    const REAL *row = weight + j * k;
    REAL *folded = folded_weight ? folded_weight + j * k : NULL;
    if (!folded) {
    } else if (one_scale) {  // without the inner loop the compiler makes vectors of it
      const double factor = scale[0];
      for (size_t x = 0; x < k; x++) folded[x] = (REAL)((double)row[x] * factor);
    } else {
      for (size_t x = 0; x < k; x += channels)
        for (size_t c = 0; c < channels && x + c < k; c++) folded[x + c] = (REAL)((double)row[x + c] * scale[c]);
    }
    double sum = (double)bias[j];
    if (shifted)
      for (size_t x = 0; x < k; x += channels)
        for (size_t c = 0; c < channels && x + c < k; c++) sum = sum - (double)row[x + c] * offset[c];
    folded_bias[j] = shifted ? (REAL)sum : bias[j];
  }
}
