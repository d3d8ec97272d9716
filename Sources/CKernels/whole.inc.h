// From the sums of digits to weighted sums, for one instruction set: NAME(x) is the name of x. Plain loops, which the compiler turns into
// vectors.

// Σ q·a, and z.
static inline float NAME(whole_value)(int32_t s0, int32_t s1, int32_t s2, int32_t s3, double unit,
                                      float bias) NNK_NONBLOCKING {
  const double sum = __builtin_fma(256, __builtin_fma(256, __builtin_fma(256, s3, s2), s1), s0);
  return (float)__builtin_fma(sum, unit, (double)bias);
}

// c[i][j] for m rows and the outputs from `first` on whose sums are there, `lanes` a row.
static void NAME(whole_values)(const nnk_layer *layer, size_t first, size_t m, const int32_t *restrict sums, size_t lanes,
                               float *restrict c) NNK_NONBLOCKING {
  const size_t n = layer->outputs, left = n - first, count = left < lanes / 4 ? left : lanes / 4;
  const double *restrict unit = layer->unit + first;
  const float *restrict bias = layer->bias + first;
  for (size_t i = 0; i < m; i++) {
    const int32_t *restrict s = sums + i * lanes;
    float *restrict to = c + i * n + first;
    size_t j = 0;
    for (; count - j >= 16; j += 16, s += 64)
      for (size_t lane = 0; lane < 16; lane++)
        to[j + lane] = NAME(whole_value)(s[lane], s[lane + 16], s[lane + 32], s[lane + 48], unit[j + lane], bias[j + lane]);
    const size_t rest = count - j, width = rest > 8 ? 16 : rest > 4 ? 8 : 4;
    for (size_t lane = 0; lane < rest; lane++)
      to[j + lane] = NAME(whole_value)(s[lane], s[lane + width], s[lane + 2 * width], s[lane + 3 * width], unit[j + lane],
                                       bias[j + lane]);
  }
}
