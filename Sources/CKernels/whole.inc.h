// From the sums of digits to weighted sums, for one instruction set: NAME(x) is the name of x. Plain loops, which the compiler turns into
// vectors.

// z, from the sums of an output's three digits, `step` apart.
static inline float NAME(whole_value)(const int32_t *sums, size_t step, double unit, float bias) NNK_NONBLOCKING {
  const double sum = __builtin_fma(256, __builtin_fma(256, sums[2 * step], sums[step]), sums[0]);
  return (float)__builtin_fma(sum, unit, (double)bias);
}

// c[i][j] for m rows and the outputs from `first` on whose sums are there, `lanes` a row.
static void NAME(whole_values)(const nnk_layer *layer, size_t first, size_t m, const int32_t *restrict sums, size_t lanes,
                               float *restrict c) NNK_NONBLOCKING {
  const size_t n = layer->outputs, left = n - first, count = left < lanes / 3 ? left : lanes / 3;
  const double *restrict unit = layer->unit + first;
  const float *restrict bias = layer->bias + first;
  for (size_t i = 0; i < m; i++) {
    const int32_t *restrict s = sums + i * lanes;
    float *restrict to = c + i * n + first;
    size_t j = 0;
    for (; count - j >= 16; j += 16, s += 48)
      for (size_t lane = 0; lane < 16; lane++) to[j + lane] = NAME(whole_value)(s + lane, 16, unit[j + lane], bias[j + lane]);
    const size_t rest = count - j;
    for (size_t lane = 0; lane < rest; lane++)
      to[j + lane] = NAME(whole_value)(s + lane, rest, unit[j + lane], bias[j + lane]);
  }
}
