// Forward propagation through layers of 8 bits.
#include "nnkernels.h"

// The rows that go through all layers before the next ones do: as whole tiles, their bytes and the sums in the cache.
#define ROWS 24
// The elements of a row that are taken at a time, so that a few rows of them stay in the first-level cache.
#define PIECE 4096
_Static_assert(PIECE % NNK_INT8_STEP == 0, "only the last piece has a rest");

size_t nnk_int8_row(size_t inputs) NNK_NONBLOCKING {
  return ((inputs + NNK_INT8_STEP - 1) / NNK_INT8_STEP | 1) * NNK_INT8_STEP;
}

bool nnk_int8_fits(size_t k, const int8_t *weights, size_t *at, int64_t *sum) NNK_NONBLOCKING {
  int64_t total = 0, absolute = 0;
  for (size_t x = 0; x < k; x++) {
    total += weights[x];
    absolute += weights[x] < 0 ? -weights[x] : weights[x];
  }
  *sum = total;
  *at = k;
  if (absolute > INT32_MAX / 255) return false;
  for (size_t block = 0; block < k; block += NNK_INT8_STEP)
    for (size_t x = block; x < k && x < block + NNK_INT8_STEP / 2; x += 2) {
      const size_t places[] = {x, x + 1, x + NNK_INT8_STEP / 2, x + NNK_INT8_STEP / 2 + 1};
      int above = 0, below = 0;
      for (int i = 0; i < 4; i++) {
        const int weight = places[i] < k ? weights[places[i]] : 0;
        if (weight > 0)
          above += weight;
        else
          below += weight;
      }
      if (above > 128 || below < -128) {
        *at = x;
        return false;
      }
    }
  return true;
}

// The parts of a workspace, each a multiple of NNK_INT8_STEP bytes long.
typedef struct parts {
  size_t tails, between, values, total;
} parts;

static parts parts_of(size_t depth, const nnk_int8_layer *layers) {
  size_t widest = layers[0].inputs, outputs = 0;
  for (size_t layer = 0; layer < depth; layer++) {
    if (layers[layer].outputs > outputs) outputs = layers[layer].outputs;
    if (layer + 1 < depth && layers[layer].outputs > widest) widest = layers[layer].outputs;
  }
  parts parts;
  parts.tails = 0;
  parts.between = parts.tails + ROWS * NNK_INT8_STEP;
  parts.values = parts.between + ROWS * nnk_int8_row(widest);
  parts.total = parts.values + 2 * sizeof(float) * ROWS * nnk_int8_row(outputs);
  return parts;
}

size_t nnk_int8_workspace(size_t depth, const nnk_int8_layer *layers) NNK_NONBLOCKING {
  return parts_of(depth, layers).total;
}

// Σ q·w of one layer, [m][outputs], from rows of bytes, `row` apart.
static void add_up(const nnk_kernels *kernels, const nnk_int8_layer *layer, size_t m, const uint8_t *a, size_t row,
                   uint8_t *tails, int32_t *sums) NNK_NONBLOCKING {
  const size_t n = layer->outputs, k = layer->inputs;
  // Rows of the caller end where they end: what is left of them behind whole steps is read from a copy with zeros behind.
  const size_t rest = k % NNK_INT8_STEP;
  if (rest)
    for (size_t i = 0; i < m; i++) {
      const uint8_t *from = a + i * row + (k - rest);
      for (size_t x = 0; x < NNK_INT8_STEP; x++) tails[i * NNK_INT8_STEP + x] = x < rest ? from[x] : 0;
    }
  for (size_t x = 0; x < k; x += PIECE) {
    const size_t columns = k - x < PIECE ? k - x : PIECE;
    kernels->int8_sums(m, n, columns, a + x, row, tails, NNK_INT8_STEP, layer->weights + x, nnk_int8_row(k),
                       layer->row_sums, sums, x > 0);
  }
}

// m rows of numbers as the bytes that a layer takes, [m][inputs].
static void quantize(const nnk_kernels *kernels, const nnk_int8_layer *layer, size_t m, const uint8_t *bytes,
                     const float *floats, uint8_t *to) NNK_NONBLOCKING {
  const size_t count = m * layer->inputs;
  if (floats) {
    kernels->int8_bytes(count, floats, layer->inverse, (float)layer->zero_point, to);
    return;
  }
  float piece[NNK_BLOCK];
  for (size_t x = 0; x < count; x += NNK_BLOCK) {
    const size_t taken = count - x < NNK_BLOCK ? count - x : NNK_BLOCK;
    for (size_t y = 0; y < taken; y++) piece[y] = (float)bytes[x + y];
    kernels->int8_bytes(taken, piece, layer->inverse, (float)layer->zero_point, to + x);
  }
}

void nnk_int8_forward(const nnk_kernels *kernels, size_t depth, const nnk_int8_layer *layers, size_t m,
                      const uint8_t *bytes, const float *floats, float *scores, void *workspace) NNK_NONBLOCKING {
  const size_t inputs = layers[0].inputs, outputs = layers[depth - 1].outputs;
  const parts parts = parts_of(depth, layers);
  uint8_t *base = workspace, *between = base + parts.between;
  int32_t *sums = (int32_t *)(base + parts.values);
  float *values = (float *)(base + parts.values + (parts.total - parts.values) / 2);
  const bool as_they_are = bytes && layers[0].inverse == 1 && layers[0].zero_point == 0;
  for (size_t start = 0, count; start < m; start += count) {
    count = m - start < ROWS ? m - start : ROWS;
    const uint8_t *a = as_they_are ? bytes + start * inputs : between;
    if (!as_they_are)
      quantize(kernels, &layers[0], count, bytes ? bytes + start * inputs : NULL, floats ? floats + start * inputs : NULL,
               between);
    for (size_t index = 0; index < depth; index++) {
      const nnk_int8_layer *layer = &layers[index], *next = index + 1 < depth ? layer + 1 : NULL;
      const size_t n = layer->outputs;
      add_up(kernels, layer, count, a, layer->inputs, base + parts.tails, sums);
      a = between;
      if (next && layer->activation == NNK_RELU) {
        kernels->int8_relu_bytes(layer, count, sums, next->inverse, (float)next->zero_point, between);
        continue;
      }
      float *to = next ? values : scores + start * outputs;
      kernels->int8_values(layer, count, sums, to);
      kernels->f32_activate(layer->activation, count, n, to, n);
      if (next) quantize(kernels, next, count, NULL, to, between);
    }
  }
}
