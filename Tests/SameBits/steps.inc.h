// What a step of training does to a chunk of examples and to parameters, for one element type: the functions of nntraining.h over
// drawn shapes and numbers. Included by kernels.inc.h. Digests are of rows, as the lanes of panels differ.

#include <string.h>

static REAL LOCAL(inputs)[MOST_CHUNK * MOST_INPUTS_OF_CHUNK], LOCAL(input_panels)[MOST_CHUNK * MOST_INPUTS_OF_CHUNK],
    LOCAL(other_panels)[MOST_CHUNK * MOST_INPUTS_OF_CHUNK],
    LOCAL(weights)[MOST_UNITS * MOST_INPUTS_OF_CHUNK], LOCAL(gradient)[MOST_UNITS * MOST_INPUTS_OF_CHUNK],
    LOCAL(some)[MOST_UNITS * MOST_INPUTS_OF_CHUNK],
    LOCAL(unit_panels)[2][MOST_CHUNK * MOST_UNITS], LOCAL(units)[MOST_CHUNK * MOST_UNITS],
    LOCAL(rows)[(MOST_CHUNK + 3) * MOST_UNITS], LOCAL(scratch)[NNK_TRAINING_SCRATCH];
static uint8_t LOCAL(bytes)[MOST_CHUNK * MOST_INPUTS_OF_CHUNK], LOCAL(byte_columns)[(MOST_CHUNK + 15) * MOST_INPUTS_OF_CHUNK],
    LOCAL(byte_lines)[MOST_CHUNK * MOST_INPUTS_OF_CHUNK];

static void LOCAL(folding)(const nnk_kernels *kernels, random_numbers *numbers, size_t n, size_t k, nnk_checksum *checksum) {
  double scale[3], offset[3];
  for (int c = 0; c < 3; c++) {
    scale[c] = 0.01 + unit(numbers);
    offset[c] = unit(numbers);
  }
  LOCAL(draw)(numbers, LOCAL(b), n * k);
  LOCAL(draw)(numbers, LOCAL(bias), n);
  kernels->FIELD(training)->fold(n, k, 3, LOCAL(b), LOCAL(bias), scale, offset, LOCAL(other), LOCAL(other_bias));
  FEED(checksum, LOCAL(other), n * k);
  FEED(checksum, LOCAL(other_bias), n);
  const size_t first = k / 3;
  // The turned weights are the same ones: nothing is fed of them unless they are not.
  if (n <= NNK_NARROW_OUTPUTS) {
    static REAL LOCAL(turned)[NNK_NARROW_OUTPUTS * MOST_K];
    kernels->FIELD(training)->fold_turned(n, k, 0, first, 3, LOCAL(b), scale, LOCAL(turned));
    kernels->FIELD(training)->fold_turned(n, k, first, k - first, 3, LOCAL(b), scale, LOCAL(turned));
    for (size_t j = 0; j < n; j++)
      for (size_t x = 0; x < k; x++)
        if (memcmp(&LOCAL(turned)[x * n + j], &LOCAL(other)[j * k + x], sizeof(REAL))) FEED(checksum, LOCAL(turned), n * k);
  }
  kernels->FIELD(training)->unfold(n, k, first, k - first, 3, LOCAL(b), LOCAL(bias), scale, offset, NULL, NULL);
  FEED(checksum, LOCAL(b), n * k);
  // One scale and no offset go another way.
  for (int c = 1; c < 3; c++) scale[c] = scale[0];
  for (int c = 0; c < 3; c++) offset[c] = 0;
  kernels->FIELD(training)->fold(n, k, 3, LOCAL(other), LOCAL(bias), scale, offset, LOCAL(b), LOCAL(other_bias));
  FEED(checksum, LOCAL(b), n * k);
  FEED(checksum, LOCAL(other_bias), n);
  kernels->FIELD(training)->unfold(n, k, 0, first, 3, LOCAL(b), LOCAL(bias), scale, offset, NULL, NULL);
  FEED(checksum, LOCAL(b), n * k);
}

// Products over panels, and the gradients of weights and biases.
static void LOCAL(chunk)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n, size_t k,
                         nnk_checksum *checksum) {
  const __typeof__(kernels->FIELD(training)) training = kernels->FIELD(training);
  const size_t panels = (m + training->lanes - 1) / training->lanes, stride = m + below(numbers, 4);
  REAL *units = LOCAL(unit_panels)[0];
  LOCAL(draw)(numbers, LOCAL(inputs), m * k);
  LOCAL(draw)(numbers, LOCAL(weights), n * k);
  LOCAL(draw)(numbers, LOCAL(bias), n);
  for (size_t x = 0; x < m * k; x++) LOCAL(bytes)[x] = (uint8_t)next(numbers);
  training->panels(k, m, LOCAL(inputs), LOCAL(input_panels));
  // Some units, then the others.
  const size_t some = n / 3;
  training->product(panels, some, k, LOCAL(weights), (ptrdiff_t)k, 1, LOCAL(input_panels), LOCAL(bias), units, n);
  training->product(panels, n - some, k, LOCAL(weights) + some * k, (ptrdiff_t)k, 1, LOCAL(input_panels), LOCAL(bias) + some,
                    units + some * training->lanes, n);
  training->examples(n, m, units, LOCAL(units));
  FEED(checksum, LOCAL(units), m * n);
  training->product(panels, n, k, LOCAL(weights), 1, (ptrdiff_t)n, LOCAL(input_panels), NULL, units, n);
  training->rows(some, m, units, n, LOCAL(rows), stride);
  training->rows(n - some, m, units + some * training->lanes, n, LOCAL(rows) + some * stride, stride);
  for (size_t j = 0; j < n; j++) FEED(checksum, LOCAL(rows) + j * stride, m);
  training->product_u8(m, n, k, LOCAL(weights), (ptrdiff_t)k, 1, LOCAL(bytes), NULL, LOCAL(bias), units,
                       LOCAL(scratch));
  training->examples(n, m, units, LOCAL(units));
  FEED(checksum, LOCAL(units), m * n);
  // Bytes that were arranged, or became panels, before must give the same, which is fed in only if they do not.
  // At the ends of their memory, so that sanitizers see what is read behind them.
  uint8_t *columns = LOCAL(byte_columns) + sizeof LOCAL(byte_columns) - nnk_arranged_columns(m, k);
  uint8_t *lines = LOCAL(byte_lines) + sizeof LOCAL(byte_lines) - nnk_arranged_lines(m, k);
  nnk_arrange(m, k, LOCAL(bytes), columns, lines);
  training->product_u8(m, n, k, LOCAL(weights), (ptrdiff_t)k, 1, LOCAL(bytes), columns, LOCAL(bias), units, LOCAL(scratch));
  training->examples(n, m, units, LOCAL(unit_panels)[1]);
  if (memcmp(LOCAL(units), LOCAL(unit_panels)[1], m * n * sizeof(REAL))) FEED(checksum, LOCAL(unit_panels)[1], m * n);
  training->panels_u8(m, k, LOCAL(bytes), LOCAL(other_panels));
  training->product(panels, n, k, LOCAL(weights), (ptrdiff_t)k, 1, LOCAL(other_panels), LOCAL(bias), units, n);
  training->examples(n, m, units, LOCAL(unit_panels)[1]);
  if (memcmp(LOCAL(units), LOCAL(unit_panels)[1], m * n * sizeof(REAL))) FEED(checksum, LOCAL(unit_panels)[1], m * n);
  for (int begins = 1; begins >= 0; begins--) {
    LOCAL(draw)(numbers, LOCAL(rows), n * stride);
    // All columns but a few at both ends.
    const size_t first = below(numbers, k < 20 ? k : 20), count = k - first - below(numbers, k - first < 20 ? k - first : 20);
    training->weight_gradient(m, n, k, 0, k, LOCAL(rows), stride, LOCAL(input_panels), LOCAL(gradient), begins, LOCAL(scratch));
    FEED(checksum, LOCAL(gradient), n * k);
    training->weight_gradient(m, n, k, first, count, LOCAL(rows), stride, LOCAL(input_panels), LOCAL(gradient), false,
                              LOCAL(scratch));
    FEED(checksum, LOCAL(gradient), n * k);
    training->weight_gradient_u8(m, n, k, 0, k, LOCAL(rows), stride, LOCAL(bytes), NULL, LOCAL(gradient), k, begins, LOCAL(scratch));
    training->weight_gradient_u8(m, n, k, first, count, LOCAL(rows), stride, LOCAL(bytes), NULL, LOCAL(gradient), k, false,
                                 LOCAL(scratch));
    FEED(checksum, LOCAL(gradient), n * k);
    // From the bytes and from their lines, from a multiple of 64 on.
    const size_t line = k / 2 / 64 * 64;
    REAL *of_bytes = LOCAL(other_panels), *of_lines = LOCAL(some);
    memcpy(of_bytes, LOCAL(gradient), n * k * sizeof(REAL));
    memcpy(of_lines, LOCAL(gradient), n * k * sizeof(REAL));
    training->weight_gradient_u8(m, n, k, line, k - line, LOCAL(rows), stride, LOCAL(bytes), NULL, of_bytes, k, begins, LOCAL(scratch));
    training->weight_gradient_u8(m, n, k, line, k - line, LOCAL(rows), stride, LOCAL(bytes), lines, of_lines, k, begins, LOCAL(scratch));
    if (memcmp(of_bytes, of_lines, n * k * sizeof(REAL))) FEED(checksum, of_lines, n * k);
    training->bias_gradient(m, n, LOCAL(rows), stride, LOCAL(bias), begins);
    FEED(checksum, LOCAL(bias), n);
  }
}

static bool LOCAL(finite)(const REAL *values, size_t count) {
  for (size_t x = 0; x < count; x++)
    if (values[x] - values[x] != 0) return false;
  return true;
}

// Columns that are 0 in all examples are left out, which must not show with finite numbers: what is computed with all is fed in only if it
// does.
static void LOCAL(columns)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n, size_t k,
                           nnk_checksum *checksum) {
  static uint32_t places[MOST_INPUTS_OF_CHUNK], runs[MOST_INPUTS_OF_CHUNK];
  static uint8_t taken[MOST_CHUNK * MOST_INPUTS_OF_CHUNK];
  static REAL row[MOST_INPUTS_OF_CHUNK + NNK_SPREAD_SLACK];
  const __typeof__(kernels->FIELD(training)) training = kernels->FIELD(training);
  const size_t panels = (m + training->lanes - 1) / training->lanes, width = 1 + below(numbers, 9);
  const uint64_t used = next(numbers);
  REAL *units = LOCAL(unit_panels)[0];
  uint8_t *bytes = LOCAL(bytes);
  for (size_t x = 0; x < m * k; x++) bytes[x] = used >> (x % k / width) % 64 & 1 ? (uint8_t)next(numbers) : 0;
  LOCAL(draw)(numbers, LOCAL(weights), n * k);
  LOCAL(draw)(numbers, LOCAL(bias), n);
  LOCAL(draw)(numbers, LOCAL(rows), n * m);
  const nnk_columns columns = nnk_find_columns(m, k, bytes, places, runs);
  nnk_take_columns(m, k, bytes, &columns, taken);

  training->panels_u8(m, k, bytes, LOCAL(input_panels));
  training->product(panels, n, k, LOCAL(weights), (ptrdiff_t)k, 1, LOCAL(input_panels), LOCAL(bias), units, n);
  training->examples(n, m, units, LOCAL(units));
  training->panels_u8(m, columns.count, taken, LOCAL(input_panels));
  training->product_of(panels, n, &columns, LOCAL(weights), k, LOCAL(input_panels), LOCAL(bias), units, n);
  training->examples(n, m, units, LOCAL(unit_panels)[1]);
  FEED(checksum, LOCAL(unit_panels)[1], m * n);
  if (LOCAL(finite)(LOCAL(weights), n * k) && memcmp(LOCAL(units), LOCAL(unit_panels)[1], m * n * sizeof(REAL)))
    FEED(checksum, LOCAL(units), m * n);

  const double scale[1] = {0.125}, offset[1] = {below(numbers, 2) ? 0.5 : 0};
  training->weight_gradient_u8(m, n, k, 0, k, LOCAL(rows), m, bytes, NULL, LOCAL(gradient), k, true, LOCAL(scratch));
  training->unfold(n, k, 0, k, 1, LOCAL(gradient), LOCAL(bias), scale, offset, NULL, NULL);
  REAL *some = LOCAL(some);
  training->weight_gradient_u8(m, n, columns.count, 0, columns.count, LOCAL(rows), m, taken, NULL, some, k, true, LOCAL(scratch));
  training->unfold(n, k, 0, k, 1, some, LOCAL(bias), scale, offset, &columns, row);
  FEED(checksum, some, n * k);
  if (LOCAL(finite)(LOCAL(rows), n * m) && memcmp(some, LOCAL(gradient), n * k * sizeof(REAL)))
    FEED(checksum, LOCAL(gradient), n * k);
}

static void LOCAL(losses)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n, nnk_checksum *checksum) {
  static double losses[MOST_CHUNK];
  REAL *z = LOCAL(unit_panels)[0], *targets = LOCAL(unit_panels)[1];
  for (int loss = NNK_LOSS_SOFTMAX; loss <= NNK_LOSS_SQUARES; loss++) {
    LOCAL(draw)(numbers, z, m * n);
    LOCAL(draw)(numbers, LOCAL(rows), m);
    for (size_t x = 0; x < m * n; x++) {
      z[x] = z[x] * 30;
      targets[x] = OF_FLOAT((float)below(numbers, 3) * 0.4f);
    }
    kernels->FIELD(training)->losses((nnk_loss)loss, m, n, z, targets, losses);
    feed_f64(checksum, losses, m);
    kernels->FIELD(training)->output_delta((nnk_loss)loss, m, n, z, targets, LOCAL(rows), LOCAL(units));
    FEED(checksum, LOCAL(units), m * n);
  }
}

static void LOCAL(dropout)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n, nnk_checksum *checksum) {
  const nnk_random random = {next(numbers), (uint32_t)next(numbers), (uint32_t)next(numbers)};
  LOCAL(draw)(numbers, LOCAL(units), m * n);
  kernels->FIELD(training)->panels(n, m, LOCAL(units), LOCAL(unit_panels)[0]);
  const size_t first = below(numbers, 1 << 20), some = n / 8 * 4, place = some * kernels->FIELD(training)->lanes;
  const uint32_t keep = (uint32_t)next(numbers);
  kernels->FIELD(training)->dropout(random, first, m, 0, some, n, keep, OF_FLOAT(1.3f), LOCAL(unit_panels)[0],
                                    LOCAL(unit_panels)[1]);
  kernels->FIELD(training)->dropout(random, first, m, some, n - some, n, keep, OF_FLOAT(1.3f), LOCAL(unit_panels)[0] + place,
                                    LOCAL(unit_panels)[1] + place);
  kernels->FIELD(training)->examples(n, m, LOCAL(unit_panels)[1], LOCAL(units));
  FEED(checksum, LOCAL(units), m * n);
}

static void LOCAL(optimizers)(const nnk_kernels *kernels, random_numbers *numbers, size_t count, nnk_checksum *checksum) {
  const __typeof__(kernels->FIELD(training)) training = kernels->FIELD(training);
  REAL *p = LOCAL(a), *g = LOCAL(b), *first = LOCAL(c), *second = LOCAL(other);
  LOCAL(draw)(numbers, p, count);
  LOCAL(draw)(numbers, g, count);
  LOCAL(draw)(numbers, first, count);
  LOCAL(draw)(numbers, second, count);
  // Second moments are never below 0.
  for (size_t x = 0; x < count; x++) second[x] = second[x] < 0 ? -second[x] : second[x];
  const double sum = training->square_sum(count, g);
  feed_f64(checksum, &sum, 1);
  training->scale(count, OF_FLOAT(0.7f), g);
  training->add(count, OF_FLOAT(0.03f), p, g);
  FEED(checksum, g, count);
  training->descend(count, OF_FLOAT(0.3f), g, p);
  FEED(checksum, p, count);
  for (int nesterov = 0; nesterov < 2; nesterov++) training->momentum(count, OF_FLOAT(0.3f), OF_FLOAT(0.9f), nesterov, g, first, p);
  FEED(checksum, p, count);
  training->rmsprop(count, OF_FLOAT(0.01f), OF_FLOAT(0.9f), OF_FLOAT(0.1f), OF_FLOAT(1e-8f), g, second, p);
  FEED(checksum, p, count);
  training->adam(count, OF_FLOAT(0.01f), OF_FLOAT(0.1f), OF_FLOAT(0.999f), OF_FLOAT(0.001f), OF_FLOAT(1.7f), OF_FLOAT(1e-8f), g,
                 first, second, p);
  FEED(checksum, p, count);
  FEED(checksum, first, count);
  FEED(checksum, second, count);
}
