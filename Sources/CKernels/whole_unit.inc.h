// The unit of an output's weights as whole numbers, for one instruction set: NAME(x) is the name of x. Plain loops, which the compiler
// turns into vectors; nothing may be contracted.

// In units, a weight's size, up to `most`, and what is lost of it.
static inline void NAME(count_loss)(float weight, double scale, double most, double *all, double *lost) NNK_NONBLOCKING {
  const double value = (double)weight * scale, size = __builtin_fabs(value);
  *all += size < most ? size : most;
  *lost += __builtin_fabs(value - nnk_rounded(value));
}

NNK_WHOLE_UNIT(NAME(nnk_whole_unit)) {
  if (k < NNK_WHOLE_LEAST || k > NNK_WHOLE_MOST) return false;
  // The bits of positive floats are in the order of the floats, the infinite one and NaN last.
  uint32_t most = 0;
  for (size_t x = 0; x < k; x++) {
    uint32_t size;
    __builtin_memcpy(&size, &weights[x], sizeof size);
    size &= 0x7fffffff;
    most = size > most ? size : most;
  }
  if (most >= 0x7f800000) return false;
  float largest;
  __builtin_memcpy(&largest, &most, sizeof largest);
  *unit = most == 0 ? 1 : (double)largest / NNK_WHOLE_LARGEST;
  const double scale = 1 / *unit;
  // In eight parts, in an order that is the same everywhere.
  double sizes[8] = {0}, all[8] = {0}, lost[8] = {0}, total = 0, counted = 0, error = 0;
  size_t x = 0;
  for (; k - x >= 8; x += 8)
    for (size_t i = 0; i < 8; i++) sizes[i] += __builtin_fabs((double)weights[x + i] * scale);
  for (size_t i = 0; x + i < k; i++) sizes[i] += __builtin_fabs((double)weights[x + i] * scale);
  for (int i = 0; i < 8; i++) total += sizes[i];
  const double cap = NNK_WHOLE_CAP * total / (double)k;
  x = 0;
  for (; k - x >= 8; x += 8)
    for (size_t i = 0; i < 8; i++) NAME(count_loss)(weights[x + i], scale, cap, &all[i], &lost[i]);
  for (size_t i = 0; x + i < k; i++) NAME(count_loss)(weights[x + i], scale, cap, &all[i], &lost[i]);
  for (int i = 0; i < 8; i++) {
    counted += all[i];
    error += lost[i];
  }
  if (error <= counted * NNK_WHOLE_LOSS(k) * share) return true;
  return error * *unit * 255 <= __builtin_fabs((double)bias) * NNK_WHOLE_BIAS_LOSS;
}
