// The kernels of training, for both element types.
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
  print_kernels_f32(kernels);
  print_kernels_f64(kernels);
  print_elementary();
  print_augment();
}
