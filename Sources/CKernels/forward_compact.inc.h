// The part of forward.inc.h for compact layers: three words of 32 bits hold four weights of 24, the fourth in the lowest bytes of the
// three, so that shifts and masks, which every instruction set has, take them apart.
//
// Packed: block by block of k, and in a block group by group of 4·LANES outputs, two strips of panels, [x][3][LANES]. The outputs that are
// left are read from the panels.

#define WORDS NAME(forward_words)
#define INTS NAME(forward_ints)
typedef uint32_t WORDS __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t INTS __attribute__((vector_size(4 * LANES)));

// The outputs in groups: without the last group where one strip of more than two vectors is left of it.
static size_t NAME(compact_outputs)(size_t n) NNK_NONBLOCKING {
  const size_t groups = n / (4 * LANES), behind = n % (4 * LANES);
  return (groups > 0 && behind > 0 && behind <= LANES / 2 ? groups - 1 : groups) * 4 * LANES;
}

static void NAME(forward_compact)(size_t n, size_t k, const float *unit, float *panels, uint32_t *compact) NNK_NONBLOCKING {
  const size_t all = NAME(forward_width)(n), grouped = NAME(compact_outputs)(n);
  for (size_t x = 0; x < k; x += NNK_BLOCK) {
    const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
    for (size_t j = 0; j < grouped; j += 4 * LANES) {
      VECTOR units[4], inverses[4];
      UNROLL for (int v = 0; v < 4; v++) {
        units[v] = NAME(load)(unit + j + v * LANES);
        inverses[v] = 1 / units[v];
      }
      for (size_t y = 0; y < columns; y++, compact += 3 * LANES) {
        WORDS numbers[4];
        UNROLL for (int v = 0; v < 4; v++) {
          float *weights = panels + x * all + (j + v / 2 * 2 * LANES) * columns + (2 * y + v % 2) * LANES;
          // Whole numbers have no negative zero.
          const VECTOR whole = __builtin_elementwise_rint(NAME(load)(weights) * inverses[v]) + (VECTOR){0};
          *(VECTOR *)weights = whole * units[v];
          numbers[v] = (WORDS)__builtin_convertvector(whole, INTS);
        }
        UNROLL for (int v = 0; v < 3; v++)
            *(WORDS *)(compact + v * LANES) = numbers[v] << 8 | (numbers[3] >> 8 * v & 0xff);
      }
    }
    for (size_t j = grouped, width; j < n; j += width) {
      width = NAME(strip)(n - j).width;
      float *weights = panels + x * all + j * columns;
      for (size_t y = 0; y < columns; y++, weights += width)
        _Pragma("clang loop vectorize(disable)") ONCE for (size_t lane = 0; lane < width && lane < n - j; lane++)
          weights[lane] = nnk_compact_weight(weights[lane], unit[j + lane]);
    }
  }
}

// `blocks` blocks of k elements each for one row and the outputs in groups. A function of its own, as its registers are many.
__attribute__((noinline)) static void NAME(one_row_compact)(size_t blocks, size_t n, size_t k, const float *a, const uint32_t *compact,
                                                            const float *unit, TARGET target, bool backwards) NNK_NONBLOCKING {
  for (size_t done = 0; done < n; done += 4 * LANES) {
    const size_t j = backwards ? n - 4 * LANES - done : done;
    TARGET at = NAME(at)(target, 0, j);
    // Numbers stand in the upper three bytes: 256 times as large, which is exact.
    VECTOR units[4];
    UNROLL for (int v = 0; v < 4; v++) units[v] = NAME(load)(unit + j + v * LANES) * (1.0f / 256);
    for (size_t b = 0; b < blocks; b++) {
      const uint32_t *from = compact + (b * NNK_BLOCK * n + j * k) / 4 * 3;
      VECTOR sums[4];
      UNROLL for (int v = 0; v < 4; v++) sums[v] = (VECTOR){0};
      ONCE for (size_t x = 0; x < k; x++, from += 3 * LANES) {
        const VECTOR value = NAME(everywhere)(a[b * NNK_BLOCK + x]);
        WORDS words[4];
        UNROLL for (int v = 0; v < 3; v++) words[v] = *(const WORDS *)(from + v * LANES);
        words[3] = words[2] << 24 | (words[1] << 16 & 0xff0000) | (words[0] << 8 & 0xff00);
        UNROLL for (int v = 0; v < 3; v++) words[v] &= 0xffffff00;
        UNROLL for (int v = 0; v < 4; v++)
          sums[v] = FMA(value, __builtin_convertvector((INTS)words[v], VECTOR) * units[v], sums[v]);
      }
      UNROLL for (int v = 0; v < 4; v++) NAME(add)(sums[v], at.base + v * LANES, at.c + v * LANES);
      at = NAME(again)(at);
    }
  }
}

#undef WORDS
#undef INTS
