// Activations in place and cross-entropy costs over rows of REAL, on the functions of math.inc.h.

// Reads up to DLANES elements as doubles; missing lanes are 0.
INLINE DVEC TYPED(load)(const REAL *z, size_t count) NNK_NONBLOCKING {
  // As a single score is, where the loop would be longer than all that is done with it.
  if (count == 1) return (DVEC){(double)*z};
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

// e^(z - largest) for z ≤ largest. The difference is rounded, by up to 2^-44 where it matters, so what it lost (Dekker's
// two-sum) is put back as a factor 1 + lost.
INLINE DVEC TYPED(exp_below)(DVEC z, double largest) NNK_NONBLOCKING {
  const DVEC difference = z - largest;
  const DVEC part = difference - z;
  const DVEC lost = (z - (difference - part)) - (largest + part);
  const DVEC e = NAME(exp)(difference);
  // lost is NaN where z is infinite; there e is exact or NaN itself.
  return FMA(e, NAME(select)(lost == lost, lost, NAME(splat)(0.0)), e);
}

static double TYPED(largest)(size_t n, const REAL *z, size_t *index) NNK_NONBLOCKING {
  *index = 0;
  for (size_t j = 1; j < n; j++)
    if (z[j] > z[*index]) *index = j;
  return (double)z[*index];
}

static void TYPED(softmax)(size_t n, REAL *z) NNK_NONBLOCKING {
  size_t index;
  const double largest = TYPED(largest)(n, z, &index);
  double sum = 0;
  for (size_t j = 0; j < n; j += DLANES) {
    const DVEC e = TYPED(exp_below)(TYPED(load)(z + j, n - j), largest);
    for (size_t lane = 0; lane < DLANES && j + lane < n; lane++) sum = sum + e[lane];
  }
  for (size_t j = 0; j < n; j += DLANES)
    TYPED(store)(z + j, n - j, TYPED(exp_below)(TYPED(load)(z + j, n - j), largest) / sum);
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

#ifndef NNK_SCORING_ONLY
// Sigmoid: -y log a - (1-y) log(1-a) = log(1 + e^-|z|) + (z < 0 for label 1, z > 0 for label 0 ? |z| : 0).
// Softmax: log Σ e^(zⱼ-max) - (z_y - max), the sum without its largest term, which is 1, so that a small loss keeps its digits.
// Both from z, so that a saturated activation costs what it should instead of log 0.
static double TYPED(cross_entropy)(size_t m, size_t n, const REAL *z, size_t row,
                                   const int32_t *labels) NNK_NONBLOCKING {
  double total = 0;
  for (size_t i = 0; i < m; i++, z += row) {
    if (n == 1) {
      const double x = labels[i] ? -(double)z[0] : (double)z[0];
      total = total + ((x > 0 ? x : 0.0) + NAME(log1p)(NAME(exp_one)(x < 0 ? x : -x)));
      continue;
    }
    size_t index;
    const double largest = TYPED(largest)(n, z, &index);
    double sum = 0;
    for (size_t j = 0; j < n; j += DLANES) {
      const DVEC e = TYPED(exp_below)(TYPED(load)(z + j, n - j), largest);
      for (size_t lane = 0; lane < DLANES && j + lane < n; lane++)
        if (j + lane != index) sum = sum + e[lane];
    }
    total = total + (NAME(log1p)(sum) + (largest - (double)z[labels[i]]));
  }
  return total;
}

// The losses of nntraining.h, from z and targets for the same reason. A target of 0 leaves its z out, be it infinite.
static void TYPED(losses)(nnk_loss loss, size_t m, size_t n, const REAL *z, const REAL *targets,
                          double *losses) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++, z += n, targets += n) {
    double total = 0;
    switch (loss) {
      case NNK_LOSS_SIGMOID:
        for (size_t j = 0; j < n; j++) {
          const double x = (double)z[j], t = (double)targets[j];
          total = total + (((x > 0 ? x : 0.0) - (t == 0 ? 0.0 : t * x)) + NAME(log1p)(NAME(exp_one)(x < 0 ? x : -x)));
        }
        break;
      case NNK_LOSS_SOFTMAX: {
        size_t index;
        const double largest = TYPED(largest)(n, z, &index);
        double sum = 0, below = 0;
        for (size_t j = 0; j < n; j += DLANES) {
          const DVEC e = TYPED(exp_below)(TYPED(load)(z + j, n - j), largest);
          for (size_t lane = 0; lane < DLANES && j + lane < n; lane++)
            if (j + lane != index) sum = sum + e[lane];
        }
        for (size_t j = 0; j < n; j++)
          if (targets[j] != 0) below = below + (double)targets[j] * (largest - (double)z[j]);
        total = NAME(log1p)(sum) + below;
        break;
      }
      case NNK_LOSS_SQUARES:
        for (size_t j = 0; j < n; j++) {
          const double difference = (double)z[j] - (double)targets[j];
          total = total + difference * difference;
        }
        total = total / (double)n;
        break;
    }
    losses[i] = total;
  }
}
#endif
