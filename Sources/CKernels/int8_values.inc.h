// What stands between the sums of an 8-bit layer and the bytes of the next, for one instruction set: NAME(x) is the name of x.
// Plain loops, which the compiler turns into vectors; every element is the same few operations wherever it stands.

// values = fma(float(sums + offset), factor, bias): [m][n] from sums [m][n]. A sum beyond 2^24 is rounded to nearest, ties to even.
static void NAME(int8_values)(const nnk_int8_layer *layer, size_t m, const int32_t *restrict sums,
                              float *restrict values) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  const int32_t *restrict offset = layer->offset;
  const float *restrict factor = layer->factor, *restrict bias = layer->bias;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      values[i * n + j] = __builtin_fmaf((float)(sums[i * n + j] + offset[j]), factor[j], bias[j]);
}

// round(fma(x, inverse, zero)), to nearest, ties to even, held within 0 and 255; NaN is 0.
static inline uint8_t NAME(int8_byte)(float x, float inverse, float zero) NNK_NONBLOCKING {
  float value = __builtin_fmaf(x, inverse, zero);
  value = value > 0 ? value : 0;
  value = value < 255 ? value : 255;
  // 1.5 · 2^23: the sum's last bit is worth 1, so adding rounds, and the whole number is the low bits.
  value = value + 12582912.0f;
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return (uint8_t)bits;
}

static void NAME(int8_bytes)(size_t count, const float *restrict x, float inverse, float zero,
                             uint8_t *restrict bytes) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) bytes[j] = NAME(int8_byte)(x[j], inverse, zero);
}

// The bytes of relu(values) in steps, without the values in memory between.
static void NAME(int8_relu_bytes)(const nnk_int8_layer *layer, size_t m, const int32_t *restrict sums, float inverse,
                                  float zero, uint8_t *restrict bytes) NNK_NONBLOCKING {
  const size_t n = layer->outputs;
  for (size_t start = 0; start < n; start += NNK_INT8_STEP) {
    const size_t count = n - start < NNK_INT8_STEP ? n - start : NNK_INT8_STEP;
    const int32_t *restrict offset = layer->offset + start;
    const float *restrict factor = layer->factor + start, *restrict bias = layer->bias + start;
    for (size_t i = 0; i < m; i++) {
      const int32_t *restrict from = sums + i * n + start;
      uint8_t *restrict to = bytes + NNK_INT8_AT(m, i, start);
      for (size_t j = 0; j < count; j++) {
        const float value = __builtin_fmaf((float)(from[j] + offset[j]), factor[j], bias[j]);
        to[j] = NAME(int8_byte)(value > 0 ? value : 0, inverse, zero);
      }
      for (size_t j = count; j < NNK_INT8_STEP; j++) to[j] = 0;
    }
  }
}
