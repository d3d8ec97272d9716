// Compact layers, and the kernels of training, for both element types.
#include "digests.h"
#include "nntraining.h"

#pragma STDC FP_CONTRACT OFF

enum { SHAPES = 24, MOST_M = 70, MOST_N = 70, MOST_K = 600, LANES = 16 };
// Of a chunk of training.
enum { MOST_CHUNK = NNK_BLOCK, MOST_UNITS = 70, MOST_INPUTS_OF_CHUNK = 300 };

static int32_t labels[MOST_M];
static uint8_t pixels[MOST_M * MOST_K];

#define REAL float
#define FN(x) nnk_f32_##x
#define FIELD(x) f32_##x
#define LOCAL(x) x##_f32
#define FEED feed_f32
#define TITLE "kernel f32_"
#define OF_FLOAT(x) (x)
#include "kernels.inc.h"
#undef REAL
#undef FN
#undef FIELD
#undef LOCAL
#undef FEED
#undef TITLE
#undef OF_FLOAT

#define REAL double
#define FN(x) nnk_f64_##x
#define FIELD(x) f64_##x
#define LOCAL(x) x##_f64
#define FEED feed_f64
#define TITLE "kernel f64_"
#define OF_FLOAT(x) ((double)(x) * (1 + 0x1p-40))
#include "kernels.inc.h"

// Of any size that a float may have, subnormal ones among them.
static float any_size(random_numbers *numbers) {
  const float sign_and_size = of_bits((uint32_t)(next(numbers) >> 32));
  return sign_and_size - sign_and_size == 0 ? sign_and_size : 0;
}

// Layers of all weights in 24 bits, whether they would be compact or not: one row, forwards and backwards, and some.
static void print_compact(const nnk_kernels *kernels) {
  enum { N = 300, K = 1300, M = 5 };
  static float weights[N * K], packed[(N + 2 * NNK_FORWARD_STRIP) * K], bias[N], units[N];
  static float rows[M * K], c[M * N], scratch[NNK_ONE_ROW + NNK_FORWARD_SCRATCH(M)];
  static uint32_t compact[N * K];
  static uint8_t bytes[M * K];
  nnk_checksum checksum;
  nnk_checksum_begin(&checksum);
  random_numbers numbers = {79};
  for (int shape = 0; shape < 24; shape++) {
    const size_t n = shape < 12 ? 64 + (size_t)shape : 1 + below(&numbers, N), k = 1 + below(&numbers, K);
    for (size_t j = 0; j < n; j++) {
      const float largest = shape % 3 == 0 ? any_size(&numbers) : signed_unit(&numbers);
      for (size_t x = 0; x < k; x++) weights[j * k + x] = signed_unit(&numbers) * largest;
      // Those that are rounded to 0 are not -0: a sum of products that are too small for any float would show it.
      const bool is_lost = j % 8 == 3;
      for (size_t x = 0; is_lost && x < k; x++) weights[j * k + x] = x % NNK_BLOCK == 0 ? -0.25f : -0x1p-30f;
      bias[j] = is_lost ? -0.0f : signed_unit(&numbers) * largest;
      const float size = is_lost ? 1 : largest < 0 ? -largest : largest;
      units[j] = size / NNK_WHOLE_LARGEST < NNK_COMPACT_UNIT ? NNK_COMPACT_UNIT : size / NNK_WHOLE_LARGEST;
    }
    for (size_t x = 0; x < M * k; x++) rows[x] = shape % 2 == 0 ? any_size(&numbers) : signed_unit(&numbers);
    for (size_t x = 0; x < k; x++) rows[k + x] = of_bits(1);
    for (size_t x = 0; x < M * k; x++) bytes[x] = (uint8_t)next(&numbers);
    kernels->forward_pack(n, k, 0, n, weights, packed);
    // At the end of its memory, so that a sanitizer sees what is written behind.
    const size_t count = kernels->compact_outputs(n) * k / 4 * 3;
    uint32_t *to = count > 0 ? compact + N * K - count : NULL;
    kernels->forward_compact(n, k, units, packed, to);
    const nnk_layer layer = {.inputs = k, .outputs = n, .panels = packed, .bias = bias, .compact = to, .compact_unit = units};
    for (int backwards = 0; backwards < 2; backwards++) {
      for (size_t i = 0; i < 2; i++) {
        kernels->forward(&layer, 1, NULL, rows + i * k, c, scratch, backwards);
        feed_f32(&checksum, c, n);
      }
      kernels->forward(&layer, 1, bytes, NULL, c, scratch, backwards);
      feed_f32(&checksum, c, n);
    }
    kernels->forward(&layer, M, NULL, rows, c, scratch, false);
    feed_f32(&checksum, c, M * n);
    kernels->forward(&layer, M, bytes, NULL, c, scratch, false);
    feed_f32(&checksum, c, M * n);
  }
  print_text("kernel forward_compact");
  print_digest(&checksum);
}

static void print_elementary(void) {
  nnk_checksum checksum;
  nnk_checksum_begin(&checksum);
  random_numbers numbers = {77};
  for (int i = 0; i < 5000; i++) {
    // Every bit pattern of a double: NaN, infinities and subnormal numbers too.
    const uint64_t word = next(&numbers);
    double any;
    __builtin_memcpy(&any, &word, 8);
    const double values[] = {nnk_exp((double)signed_unit(&numbers) * 800), nnk_log(unit(&numbers) * 1e9), nnk_exp(any),
                             nnk_log(any)};
    feed_f64(&checksum, values, 4);
  }
  print_text("kernel exp_log");
  print_digest(&checksum);
  nnk_checksum_begin(&checksum);
  for (int i = 0; i < 1000; i++) {
    const nnk_random random = {next(&numbers), (uint32_t)next(&numbers), (uint32_t)next(&numbers)};
    const uint32_t example = (uint32_t)next(&numbers), block = (uint32_t)next(&numbers);
    uint32_t words[4];
    nnk_random_words(random, example, block, words);
    nnk_checksum_update(&checksum, words, sizeof words);
  }
  print_text("kernel random_words");
  print_digest(&checksum);
}

static void print_augment(void) {
  enum { MOST_SIDE = 24, CHANNELS = 3 };
  static uint8_t changed[MOST_SIDE * MOST_SIDE * CHANNELS];
  nnk_checksum checksum;
  nnk_checksum_begin(&checksum);
  random_numbers numbers = {78};
  for (int i = 0; i < 200; i++) {
    const size_t height = 1 + below(&numbers, MOST_SIDE), width = 1 + below(&numbers, MOST_SIDE);
    const size_t channels = 1 + below(&numbers, CHANNELS), count = height * width * channels;
    for (size_t x = 0; x < count; x++) pixels[x] = (uint8_t)next(&numbers);
    // Whether it is a rotation does not matter here.
    const double sine = below(&numbers, 3) == 0 ? 0 : (double)signed_unit(&numbers) * 0.7;
    const nnk_change change = {.mirrored = below(&numbers, 2) == 0,
                               .sine = sine,
                               .cosine = 1 - sine * sine / 2,
                               .right = (int32_t)below(&numbers, 61) - 30,
                               .down = (int32_t)below(&numbers, 9) - 4,
                               .brightness = (int32_t)below(&numbers, 400) - 200};
    nnk_augment(height, width, channels, change, pixels, changed);
    nnk_checksum_update(&checksum, changed, count);
  }
  print_text("kernel augment");
  print_digest(&checksum);
}

void print_kernels(const nnk_kernels *kernels) {
  print_compact(kernels);
  print_kernels_f32(kernels);
  print_kernels_f64(kernels);
  print_elementary();
  print_augment();
}
