// The kernels of training for one element type: each over the same drawn shapes and numbers. Included with
//   REAL, FN(name), FIELD(name)  as in nnkernels.h
//   LOCAL(name)                  a name of this file
//   OF_FLOAT(x)                  a number of this type
//   FEED                         feed_f32 or feed_f64
//   TITLE                        how its lines begin

static REAL LOCAL(a)[MOST_M * MOST_K], LOCAL(b)[MOST_N * MOST_K], LOCAL(bias)[MOST_N], LOCAL(c)[MOST_M * MOST_N],
    LOCAL(panels)[(MOST_N + LANES) * MOST_K], LOCAL(other)[MOST_N * MOST_K], LOCAL(other_bias)[MOST_N];

static void LOCAL(draw)(random_numbers *numbers, REAL *values, size_t count) {
  static const uint32_t hostile[] = {0x7fc00000, 0x7f800000, 0xff800000, 0x00000001, 0x80000001, 0x007fffff,
                                     0x7f7fffff, 0xff7fffff, 0x00000000, 0x80000000, 0x00800000, 0x3f800001};
  const size_t rare = below(numbers, 2) ? 512 : 1u << 30;
  for (size_t i = 0; i < count; i++) {
    const float value = below(numbers, rare) == 0 ? of_bits(hostile[below(numbers, sizeof hostile / sizeof *hostile)])
                                                  : signed_unit(numbers);
    values[i] = OF_FLOAT(value);
  }
}

// The sums of products: with rows as they are, transposed, as bytes, and with k in two pieces.
static void LOCAL(products)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n, size_t k,
                            nnk_checksum *checksum) {
  REAL *a = LOCAL(a), *b = LOCAL(b), *c = LOCAL(c), *panels = LOCAL(panels), *bias = LOCAL(bias);
  LOCAL(draw)(numbers, a, m * k);
  LOCAL(draw)(numbers, b, n * k);
  LOCAL(draw)(numbers, bias, n);
  for (size_t x = 0; x < m * k; x++) pixels[x] = (uint8_t)next(numbers);
  FN(pack)(kernels, n, k, b, (ptrdiff_t)k, 1, panels);
  FN(product)(kernels, m, n, k, a, (ptrdiff_t)k, 1, panels, bias, c, n);
  FEED(checksum, c, m * n);
  FN(product_u8)(kernels, m, n, k, pixels, (ptrdiff_t)k, 1, panels, bias, c, n);
  FEED(checksum, c, m * n);
  FN(pack)(kernels, n, k, b, 1, (ptrdiff_t)n, panels);
  FN(product)(kernels, m, n, k, a, 1, (ptrdiff_t)m, panels, NULL, c, n);
  FEED(checksum, c, m * n);
  FN(product_u8)(kernels, m, n, k, pixels, 1, (ptrdiff_t)m, panels, NULL, c, n);
  FEED(checksum, c, m * n);
  if (m <= MOST_N) {  // bytes as the packed side
    FN(pack_u8)(kernels, m, k, pixels, (ptrdiff_t)k, 1, panels);
    FN(accumulate)(kernels, n, m, k, b, (ptrdiff_t)k, 1, panels, c, m);
    FEED(checksum, c, m * n);
  }
}

static void LOCAL(activations)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n,
                               nnk_checksum *checksum, nnk_checksum *gradients) {
  for (int activation = NNK_LINEAR; activation <= NNK_SOFTMAX; activation++) {
    LOCAL(draw)(numbers, LOCAL(c), m * n);
    for (size_t x = 0; x < m * n; x++) LOCAL(c)[x] = LOCAL(c)[x] * 30;
    kernels->FIELD(activate)((nnk_activation)activation, m, n, LOCAL(c), n);
    FEED(checksum, LOCAL(c), m * n);
    LOCAL(draw)(numbers, LOCAL(a), m * n);
    kernels->FIELD(training)->activation_gradient((nnk_activation)activation, m * n, LOCAL(c), LOCAL(a));
    FEED(gradients, LOCAL(a), m * n);
  }
}

static double LOCAL(costs)(const nnk_kernels *kernels, random_numbers *numbers, size_t m, size_t n) {
  LOCAL(draw)(numbers, LOCAL(c), m * n);
  for (size_t x = 0; x < m * n; x++) LOCAL(c)[x] = LOCAL(c)[x] * 30;
  for (size_t i = 0; i < m; i++) labels[i] = (int32_t)below(numbers, n == 1 ? 2 : n);
  return kernels->FIELD(cross_entropy)(m, n, LOCAL(c), n, labels);
}

#include "steps.inc.h"

static void LOCAL(print_kernels)(const nnk_kernels *kernels) {
  static const char *titles[] = {"products", "activations", "activation_gradients", "cross_entropy", "folding",
                                 "panels",   "losses",      "dropout",              "optimizers",
                                 "columns"};
  enum { PRODUCTS, ACTIVATIONS, GRADIENTS, COSTS, FOLDING, PANELS, LOSSES, DROPOUT, OPTIMIZERS, COLUMNS, COUNT };
  nnk_checksum checksums[COUNT];
  for (int index = 0; index < COUNT; index++) nnk_checksum_begin(&checksums[index]);
  for (uint64_t seed = 1; seed <= SHAPES; seed++) {
    random_numbers numbers = {seed};
    const size_t m = 1 + below(&numbers, MOST_M), k = below(&numbers, MOST_K + 1);
    const size_t n = 1 + (below(&numbers, 5) == 0 ? 0 : below(&numbers, MOST_N));
    LOCAL(products)(kernels, &numbers, m, n, k, &checksums[PRODUCTS]);
    LOCAL(activations)(kernels, &numbers, m, n, &checksums[ACTIVATIONS], &checksums[GRADIENTS]);
    const double cost = LOCAL(costs)(kernels, &numbers, m, n);
    feed_f64(&checksums[COSTS], &cost, 1);
    LOCAL(folding)(kernels, &numbers, n, k, &checksums[FOLDING]);
    // A chunk of examples, some of which are as large as it can be.
    const size_t examples = below(&numbers, 4) == 0 ? 1 + below(&numbers, MOST_CHUNK) : m;
    const size_t units = 1 + below(&numbers, MOST_UNITS), inputs = 1 + below(&numbers, MOST_INPUTS_OF_CHUNK);
    LOCAL(chunk)(kernels, &numbers, examples, units, inputs, &checksums[PANELS]);
    // Numbers of its own: those that came after them before it was there stay as they were.
    random_numbers others = {seed};
    LOCAL(columns)(kernels, &others, examples, units, inputs, &checksums[COLUMNS]);
    LOCAL(losses)(kernels, &numbers, examples, units, &checksums[LOSSES]);
    LOCAL(dropout)(kernels, &numbers, examples, units, &checksums[DROPOUT]);
    LOCAL(optimizers)(kernels, &numbers, m * n, &checksums[OPTIMIZERS]);
  }
  for (int index = 0; index < COUNT; index++) {
    print_text(TITLE);
    print_text(titles[index]);
    print_digest(&checksums[index]);
  }
}
