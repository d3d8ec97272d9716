// Forward propagation through layers of 8 bits.
#include "kernels.h"

// The rows that go through all layers before the next ones do: as whole tiles, their bytes and the sums in the cache.
#define ROWS 48
// The elements of a row of the first layer that are put side by side at a time: those of a few rows stay in the first-level cache, and
// all of them in the second.
#define PIECE NNK_INT8_PIECE
_Static_assert(PIECE % NNK_BLOCK == 0 && NNK_BLOCK % NNK_INT8_STEP == 0, "only the last piece and its last block have a rest");

size_t nnk_int8_row(size_t inputs) NNK_NONBLOCKING {
  return ((inputs + NNK_INT8_STEP - 1) / NNK_INT8_STEP | 1) * NNK_INT8_STEP;
}

size_t nnk_int8_packed(size_t outputs, size_t inputs) NNK_NONBLOCKING {
  return (outputs < NNK_INT8_PADDED ? outputs : (outputs + 15) / 16 * 16) * nnk_int8_row(inputs);
}

void nnk_int8_pack(size_t panel, size_t n, size_t k, const int8_t *rows, int8_t *packed) NNK_NONBLOCKING {
  const size_t row = nnk_int8_row(k);
  for (size_t j = 0; j < (n + panel - 1) / panel * panel; j++) {
    const size_t lane = j % panel;
    int8_t *to = packed + (j - lane) * row + 4 * lane;
    for (size_t x = 0; x < row; x += 4, to += 4 * panel)
      for (size_t y = 0; y < 4; y++) to[y] = j < n && x + y < k ? rows[j * k + x + y] : 0;
  }
}

NNK_INT8_PANEL(nnk_int8_panel_rows) {
  (void)n, (void)k;
  return 1;
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

// The parts of a workspace, each a multiple of NNK_INT8_STEP bytes long: rows of bytes, those of the first layer a piece at a time;
// sums; and values.
typedef struct parts {
  size_t sums, values, total;
} parts;

static parts parts_of(size_t depth, const nnk_int8_layer *layers) NNK_NONBLOCKING {
  size_t widest = layers[0].inputs < PIECE ? layers[0].inputs : PIECE, outputs = 0;
  for (size_t layer = 0; layer < depth; layer++) {
    if (layers[layer].outputs > outputs) outputs = layers[layer].outputs;
    if (layer + 1 < depth && layers[layer].outputs > widest) widest = layers[layer].outputs;
  }
  parts parts;
  parts.sums = ROWS * nnk_int8_row(widest);
  parts.values = parts.sums + sizeof(int32_t) * ROWS * nnk_int8_row(outputs);
  parts.total = parts.values + sizeof(float) * ROWS * nnk_int8_row(outputs);
  return parts;
}

size_t nnk_int8_workspace(size_t depth, const nnk_int8_layer *layers) NNK_NONBLOCKING {
  return parts_of(depth, layers).total;
}

void nnk_int8_put(size_t count, const uint8_t *from, size_t step, uint8_t *to) NNK_NONBLOCKING {
  size_t y = 0;
  for (; count - y >= NNK_INT8_STEP; y += NNK_INT8_STEP, to += step) __builtin_memcpy(to, from + y, NNK_INT8_STEP);
  if (y == count) return;
  for (size_t z = 0; z < NNK_INT8_STEP; z++) to[z] = y + z < count ? from[y + z] : 0;
}

// `count` elements of a row as the bytes that a layer takes, in steps.
static void quantize(const nnk_kernels *kernels, const nnk_int8_layer *layer, size_t count, const uint8_t *bytes,
                     const float *floats, size_t step, uint8_t *to) NNK_NONBLOCKING {
  float converted[NNK_BLOCK];
  uint8_t block[NNK_BLOCK];
  for (size_t x = 0; x < count; x += NNK_BLOCK) {
    const size_t taken = count - x < NNK_BLOCK ? count - x : NNK_BLOCK;
    if (bytes)
      for (size_t y = 0; y < taken; y++) converted[y] = (float)bytes[x + y];
    kernels->int8_bytes(taken, bytes ? converted : floats + x, layer->inverse, (float)layer->zero_point, block);
    nnk_int8_put(taken, block, step, to + x / NNK_INT8_STEP * step);
  }
}

static inline nnk_int8_rows side_by_side(size_t m, const uint8_t *rows) NNK_NONBLOCKING {
  return (nnk_int8_rows){rows, m * NNK_INT8_STEP, NNK_INT8_STEP};
}

// Σ q·w of the first layer, [m][outputs]. memory: for a piece of the rows.
static void add_up_first(const nnk_kernels *kernels, const nnk_int8_layer *layer, size_t m, const uint8_t *bytes,
                         const float *floats, uint8_t *memory, int32_t *sums) NNK_NONBLOCKING {
  const size_t k = layer->inputs;
  const bool as_they_are = bytes && layer->inverse == 1 && layer->zero_point == 0;
  // One row is side by side with itself.
  const bool is_paneled = layer->panel > 1, in_place = as_they_are && (m == 1 || !is_paneled);
  for (size_t x = 0, columns; x < k; x += columns) {
    columns = k - x < PIECE ? k - x : PIECE;
    nnk_int8_rows rows = side_by_side(m, memory);
    if (is_paneled && kernels->int8_apart) rows = (nnk_int8_rows){memory, NNK_INT8_STEP, nnk_int8_row(columns)};
    if (in_place && k - x >= NNK_INT8_STEP) {
      // Rows of weights are taken in pieces of their own. Behind whole steps are no zeros but the next row.
      columns = (is_paneled ? columns : k - x) / NNK_INT8_STEP * NNK_INT8_STEP;
      rows = (nnk_int8_rows){bytes + x, NNK_INT8_STEP, k};
    } else {
      for (size_t i = 0; i < m; i++)
        if (as_they_are)
          nnk_int8_put(columns, bytes + i * k + x, rows.step, memory + i * rows.row);
        else
          quantize(kernels, layer, columns, bytes ? bytes + i * k + x : NULL, floats ? floats + i * k + x : NULL, rows.step,
                   memory + i * rows.row);
    }
    kernels->int8_sums(layer, x, columns, m, rows, sums, x > 0);
  }
}

void nnk_int8_forward(const nnk_kernels *kernels, size_t depth, const nnk_int8_layer *layers, size_t m,
                      const uint8_t *bytes, const float *floats, float *scores, void *workspace) NNK_NONBLOCKING {
  const size_t inputs = layers[0].inputs, outputs = layers[depth - 1].outputs;
  const parts parts = parts_of(depth, layers);
  uint8_t *rows = workspace;
  int32_t *sums = (int32_t *)(rows + parts.sums);
  float *values = (float *)(rows + parts.values);
  for (size_t start = 0, count; start < m; start += count) {
    count = m - start < ROWS ? m - start : ROWS;
    for (size_t index = 0; index < depth; index++) {
      const nnk_int8_layer *layer = &layers[index], *next = index + 1 < depth ? layer + 1 : NULL;
      const size_t n = layer->outputs;
      if (index == 0)
        add_up_first(kernels, layer, count, bytes ? bytes + start * inputs : NULL,
                     floats ? floats + start * inputs : NULL, rows, sums);
      else
        kernels->int8_sums(layer, 0, layer->inputs, count, side_by_side(count, rows), sums, false);
      if (next && layer->activation == NNK_RELU) {
        kernels->int8_relu_bytes(layer, count, sums, next->inverse, (float)next->zero_point, rows);
        continue;
      }
      float *to = next ? values : scores + start * outputs;
      kernels->int8_values(layer, count, sums, to);
      kernels->f32_activate(layer->activation, count, n, to, n);
      if (next)
        for (size_t i = 0; i < count; i++) quantize(kernels, next, n, NULL, to + i * n, count * NNK_INT8_STEP, rows + i * NNK_INT8_STEP);
    }
  }
}
