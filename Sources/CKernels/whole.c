// The first layer over bytes in whole numbers: weights as numbers of 24 bits, and their products with bytes by what multiplies bytes. And
// the units of compact layers.
#include "kernels.h"

// The rows that are multiplied at once: as whole tiles, and few where they are long, so that they stay in the second-level cache.
#define ROWS 96
#define FEW_ROWS 48
#define LONG 4096
// Of 16 outputs, three digits of each.
#define GROUP 48
// The sums that a row has at a time: of many rows, and of one.
#define SUMS (8 * GROUP)
#define SUMS_OF_ONE (4 * GROUP)

// The sums of digits that so many outputs have at most: those of panels, a multiple of 16.
static size_t most_sums(size_t outputs) NNK_NONBLOCKING {
  return outputs / 16 * GROUP + (outputs % 16 * 3 + 15) / 16 * 16;
}

// The sums of a layer's digits: rows of weights need none besides.
static size_t sums_of(const nnk_kernels *kernels, size_t n, size_t k) NNK_NONBLOCKING {
  return kernels->int8_panel(3 * n, k) == 1 ? 3 * n : most_sums(n);
}

size_t nnk_whole_bytes(size_t outputs, size_t inputs) NNK_NONBLOCKING {
  // Digits and their sums; words, of panels of 8 outputs and pairs of inputs.
  const size_t digits = most_sums(outputs) * (nnk_int8_row(inputs) + sizeof(int32_t));
  const size_t words = (outputs + 7) / 8 * 8 * ((inputs + 1) / 2 * 2) * 2 * sizeof(int16_t);
  return digits > words ? digits : words;
}

bool nnk_compact_units(const nnk_kernels *kernels, size_t n, size_t k, const float *weights, float *units) NNK_NONBLOCKING {
  for (size_t j = 0; j < n; j++) {
    double unit;
    if (!kernels->whole_unit(k, weights + j * k, 0, NNK_COMPACT_SHARE, &unit)) return false;
    units[j] = (float)unit;
    if (units[j] < NNK_COMPACT_UNIT) return false;
  }
  return true;
}

// --- In digits of 8 bits ---------------------------------------------------------------------------------------------

// A step of the weights of one output of a layer of 8 bits, where its layout has it.
static void put_digits(size_t row, size_t panel, size_t v, size_t x, const int8_t *digits, int8_t *packed) NNK_NONBLOCKING {
  int8_t *to = packed + (v - v % panel) * row + x * panel + 4 * (v % panel);
  for (size_t y = 0; y < NNK_INT8_STEP; y += 4) __builtin_memcpy(to + y * panel, digits + y, 4);
}

// number = Σ digit·256^i, each from -128 to 127: the bytes of number + 0x808080, each less 128. The three digits of an output are the
// weights of three outputs of a layer of 8 bits: the lowest ones of 16 outputs, or of those that are left, then the next ones.
NNK_WHOLE_PACK(nnk_whole_pack_digits) {
  const size_t row = nnk_int8_row(k), all = sums_of(kernels, n, k), panel = kernels->int8_panel(all, k);
  const size_t begin = first / 16 * GROUP, end = count == 16 ? begin + GROUP : all;
  int32_t *const row_sums = (int32_t *)((int8_t *)packed + all * row);
  for (size_t v = begin; v < end; v++) row_sums[v] = 0;
  // A step of all outputs at a time, which stays in the first-level cache.
  for (size_t x = 0; x < row; x += NNK_INT8_STEP) {
    const size_t columns = x >= k ? 0 : k - x < NNK_INT8_STEP ? k - x : NNK_INT8_STEP;
    int8_t digits[NNK_INT8_STEP];
    for (size_t lane = 0; lane < count; lane++) {
      const double scale = 1 / unit[lane];
      uint32_t bytes[NNK_INT8_STEP] = {0};
      for (size_t y = 0; y < columns; y++)
        bytes[y] = ((uint32_t)nnk_whole_number(weights[lane * k + x + y], scale) + 0x808080u) ^ 0x808080u;
      for (size_t d = 0; d < 3; d++) {
        const size_t v = begin + d * count + lane;
        int32_t sum = 0;
        for (size_t y = 0; y < NNK_INT8_STEP; y++) digits[y] = (int8_t)(bytes[y] >> 8 * d);
        for (size_t y = 0; y < NNK_INT8_STEP; y++) sum += digits[y];
        put_digits(row, panel, v, x, digits, packed);
        row_sums[v] += sum;
      }
    }
    __builtin_memset(digits, 0, sizeof digits);
    for (size_t v = begin + 3 * count; v < end; v++) put_digits(row, panel, v, x, digits, packed);
  }
}

static size_t rows_at_once(size_t k) NNK_NONBLOCKING { return k <= LONG ? ROWS : FEW_ROWS; }

size_t nnk_whole_scratch(size_t inputs) NNK_NONBLOCKING {
  return rows_at_once(inputs) * (nnk_int8_row(inputs) + SUMS * sizeof(int32_t));
}

NNK_WHOLE(nnk_whole_digits) {
  const size_t n = layer->outputs, k = layer->inputs, row = nnk_int8_row(k), all = sums_of(kernels, n, k);
  const size_t most = rows_at_once(k), whole = k / NNK_INT8_STEP * NNK_INT8_STEP, panel = kernels->int8_panel(all, k);
  const int8_t *weights = layer->whole;
  const int32_t *row_sums = (const int32_t *)(weights + all * row);
  uint8_t *const memory = scratch;
  int32_t *const sums = (int32_t *)(memory + most * row);
  for (size_t start = 0, count; start < m; start += count) {
    count = m - start < most ? m - start : most;
    const uint8_t *from = bytes + start * k;
    // Behind whole steps of rows in place are no zeros but the next row.
    const bool in_place = count == 1 || panel == 1;
    const size_t copied = in_place ? whole : 0;
    nnk_int8_rows rows = {memory, count * NNK_INT8_STEP, NNK_INT8_STEP};
    if (!in_place && kernels->int8_apart) rows = (nnk_int8_rows){memory, NNK_INT8_STEP, row};
    for (size_t i = 0; i < count; i++)
      nnk_int8_put(k - copied, from + i * k + copied, rows.step, memory + i * rows.row);
    const size_t at_once = m == 1 ? SUMS_OF_ONE : SUMS, parts = (all + at_once - 1) / at_once;
    for (size_t index = 0; index < parts; index++) {
      const size_t v = (backwards ? parts - 1 - index : index) * at_once;
      const size_t lanes = all - v < at_once ? all - v : at_once;
      const nnk_int8_layer part = {
          .inputs = k, .outputs = lanes, .panel = panel, .weights = weights + v * row, .row_sums = row_sums + v};
      if (copied) kernels->int8_sums(&part, 0, copied, count, (nnk_int8_rows){from, NNK_INT8_STEP, k}, sums, false);
      if (copied < k) kernels->int8_sums(&part, copied, k - copied, count, rows, sums, copied > 0);
      kernels->whole_values(layer, v / 3, count, sums, lanes, c + start * n);
    }
  }
}
