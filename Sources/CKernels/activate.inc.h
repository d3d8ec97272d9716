// Activations in place and cross-entropy costs over rows of REAL, on the functions of math.inc.h.

// Reads up to DLANES elements as doubles; missing lanes are 0.
INLINE DVEC TYPED(load)(const REAL *z, size_t count) NNK_NONBLOCKING {
  DVEC x = {0};
  if (count >= DLANES)
    for (int lane = 0; lane < DLANES; lane++) x[lane] = (double)z[lane];
  else
    for (size_t lane = 0; lane < count; lane++) x[lane] = (double)z[lane];
  return x;
}

// Rounds and writes up to DLANES elements; any NaN becomes the one quiet NaN.
INLINE void TYPED(store)(REAL *z, size_t count, DVEC x) NNK_NONBLOCKING {
  const size_t lanes = count < DLANES ? count : DLANES;
  for (size_t lane = 0; lane < lanes; lane++) {
    const REAL value = (REAL)x[lane];
    z[lane] = value == value ? value : REAL_NAN;
  }
}

static void TYPED(softmax)(size_t n, REAL *z) NNK_NONBLOCKING {
  double largest = (double)z[0];
  for (size_t j = 1; j < n; j++)
    if ((double)z[j] > largest) largest = (double)z[j];
  // The difference is exact enough in double that no accuracy is lost however far apart the inputs are.
  double sum = 0;
  for (size_t j = 0; j < n; j += DLANES) {
    const DVEC e = NAME(exp)(TYPED(load)(z + j, n - j) - largest);
    for (size_t lane = 0; lane < DLANES && j + lane < n; lane++) sum = sum + e[lane];
  }
  for (size_t j = 0; j < n; j += DLANES)
    TYPED(store)(z + j, n - j, NAME(exp)(TYPED(load)(z + j, n - j) - largest) / sum);
}

static void TYPED(activate)(nnk_activation activation, size_t m, size_t n, REAL *z, size_t row) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++, z += row) {
    switch (activation) {
      case NNK_LINEAR:
        for (size_t j = 0; j < n; j++) z[j] = z[j] == z[j] ? z[j] : REAL_NAN;
        break;
      case NNK_RELU:
        for (size_t j = 0; j < n; j++) z[j] = z[j] > 0 ? z[j] : z[j] == z[j] ? (REAL)0 : REAL_NAN;
        break;
      case NNK_LEAKY_RELU:
        for (size_t j = 0; j < n; j++)
          z[j] = z[j] > 0 ? z[j] : z[j] == z[j] ? z[j] * (REAL)NNK_LEAKY_SLOPE : REAL_NAN;
        break;
      case NNK_TANH:
        for (size_t j = 0; j < n; j += DLANES)
          TYPED(store)(z + j, n - j, NAME(tanh)(TYPED(load)(z + j, n - j)));
        break;
      case NNK_SIGMOID:
        for (size_t j = 0; j < n; j += DLANES)
          TYPED(store)(z + j, n - j, NAME(sigmoid)(TYPED(load)(z + j, n - j)));
        break;
      case NNK_SOFTMAX:
        TYPED(softmax)(n, z);
        break;
    }
  }
}

// Sigmoid: -y log a - (1-y) log(1-a) = max(z, 0) - z·y + log(1 + e^-|z|). Softmax: log Σ e^(zⱼ-max) - (z_y - max).
// Both from z, so that a saturated activation costs what it should instead of log 0.
static double TYPED(cross_entropy)(size_t m, size_t n, const REAL *z, size_t row,
                                   const int32_t *labels) NNK_NONBLOCKING {
  double total = 0;
  for (size_t i = 0; i < m; i++, z += row) {
    if (n == 1) {
      const double x = (double)z[0];
      const double tail = NAME(log1p)(NAME(exp_one)(x < 0 ? x : -x));
      total = total + (((x > 0 ? x : x == x ? 0.0 : x) - (labels[i] ? x : 0.0)) + tail);
      continue;
    }
    double largest = (double)z[0];
    for (size_t j = 1; j < n; j++)
      if ((double)z[j] > largest) largest = (double)z[j];
    double sum = 0;
    for (size_t j = 0; j < n; j += DLANES) {
      const DVEC e = NAME(exp)(TYPED(load)(z + j, n - j) - largest);
      for (size_t lane = 0; lane < DLANES && j + lane < n; lane++) sum = sum + e[lane];
    }
    total = total + (NAME(log)(sum) - ((double)z[labels[i]] - largest));
  }
  return total;
}
