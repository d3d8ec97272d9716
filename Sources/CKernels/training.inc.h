// The functions of nntraining.h for one element type and one vector width. Included after tile.inc.h with
//   REAL, LANES, BLOCK_NAME, WIDE   as there
//   NARROW_ROWS                     the sums of one panel that the registers hold: 24, or 12
//   TRAIN(x)                        the name of a function; TRAIN(root) is the square root, TRAIN(block) is BLOCK_NAME

#define INLINE static inline __attribute__((always_inline))
typedef REAL TRAIN(vector) __attribute__((vector_size(sizeof(REAL) * LANES)));
typedef uint8_t TRAIN(bytes) __attribute__((vector_size(16)));
typedef uint8_t TRAIN(lane_bytes) __attribute__((vector_size(LANES)));
#define VECTOR TRAIN(vector)
#define BYTES TRAIN(bytes)

INLINE size_t TRAIN(least)(size_t a, size_t b) NNK_NONBLOCKING { return a < b ? a : b; }
INLINE VECTOR TRAIN(load)(const REAL *from) NNK_NONBLOCKING {
  VECTOR x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
INLINE void TRAIN(store)(REAL *to, VECTOR x) NNK_NONBLOCKING { __builtin_memcpy(to, &x, sizeof x); }

#if LANES == 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#else
#define LOW 0, 2
#define HIGH 1, 3
#endif

// Rows become columns: one round after the other deals the rows of both halves out in turn, which rotates the bits of (row, lane).
INLINE void TRAIN(transpose)(VECTOR rows[LANES]) NNK_NONBLOCKING {
#pragma clang loop unroll(full)
  for (int round = 1; round < LANES; round *= 2) {
    VECTOR dealt[LANES];
#pragma clang loop unroll(full)
    for (int r = 0; r < LANES / 2; r++) {
      dealt[2 * r] = __builtin_shufflevector(rows[r], rows[r + LANES / 2], LOW);
      dealt[2 * r + 1] = __builtin_shufflevector(rows[r], rows[r + LANES / 2], HIGH);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < LANES; r++) rows[r] = dealt[r];
  }
}

INLINE void TRAIN(transpose_bytes)(BYTES rows[16]) NNK_NONBLOCKING {
#pragma clang loop unroll(full)
  for (int round = 1; round < 16; round *= 2) {
    BYTES dealt[16];
#pragma clang loop unroll(full)
    for (int r = 0; r < 8; r++) {
      dealt[2 * r] = __builtin_shufflevector(rows[r], rows[r + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      dealt[2 * r + 1] =
          __builtin_shufflevector(rows[r], rows[r + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < 16; r++) rows[r] = dealt[r];
  }
}

INLINE VECTOR TRAIN(convert)(const uint8_t *from) NNK_NONBLOCKING {
  TRAIN(lane_bytes) bytes;
  __builtin_memcpy(&bytes, from, sizeof bytes);
  return __builtin_convertvector(bytes, VECTOR);
}

// --- Products over panels ----------------------------------------------------------------------------------------------------

static void TRAIN(begin_panels)(size_t panels, size_t n, const REAL *bias, REAL *c, size_t units) NNK_NONBLOCKING {
  for (size_t p = 0; p < panels; p++, c += units * LANES)
    for (size_t j = 0; j < n; j++) TRAIN(store)(c + j * LANES, (bias ? bias[j] : 0) - (VECTOR){0});
}

static void TRAIN(product)(size_t panels, size_t n, size_t k, const REAL *w, ptrdiff_t w_row, ptrdiff_t w_col, const REAL *b,
                           const REAL *bias, REAL *c, size_t units) NNK_NONBLOCKING {
  TRAIN(begin_panels)(panels, n, bias, c, units);
  for (size_t p = 0; p < panels; p += WIDE) {
    const size_t width = TRAIN(least)(WIDE, panels - p) * LANES;
    for (size_t x = 0; x < k; x += NNK_BLOCK)
      BLOCK_NAME(n, width, TRAIN(least)(NNK_BLOCK, k - x), w + (ptrdiff_t)x * w_col, w_row, w_col, b + (p * k + x) * LANES,
                 k * LANES, c + p * units * LANES, LANES, units * LANES, false);
  }
}

static void TRAIN(product_of)(size_t panels, size_t n, const nnk_columns *columns, const REAL *w, size_t w_row, const REAL *b,
                              const REAL *bias, REAL *c, size_t units) NNK_NONBLOCKING {
  const size_t k = columns->count;
  TRAIN(begin_panels)(panels, n, bias, c, units);
  for (size_t p = 0; p < panels; p += WIDE) {
    const size_t width = TRAIN(least)(WIDE, panels - p) * LANES;
    // What is left of a block has the bits of all of it only if it is added up by itself.
    for (size_t x = 0, end; x < k; x = end) {
      const uint32_t block = columns->places[x] / NNK_BLOCK;
      for (end = x + 1; end < k && columns->places[end] / NNK_BLOCK == block;) end++;
      TRAIN(block_of)(n, width, end - x, w, (ptrdiff_t)w_row, columns->places + x, b + (p * k + x) * LANES, k * LANES,
                      c + p * units * LANES, LANES, units * LANES, false);
    }
  }
}

// Columns of rows of bytes as panels of examples: [panel][column][lane], lanes behind the last row 0. A cache line of each of 16
// rows at a time, as rows a multiple of a page apart push each other out of the cache.
static void TRAIN(pack_examples)(size_t m, size_t columns, const uint8_t *rows, size_t stride, size_t panel_stride,
                                 REAL *panels) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i += 16) {
    const size_t height = TRAIN(least)(16, m - i);
    for (size_t x = 0; x < columns; x += 64) {
      const size_t width = TRAIN(least)(64, columns - x);
      uint8_t lines[16][64];
      for (size_t r = 0; r < 16; r++) {
        const uint8_t *from = rows + (i + r) * stride + x;
        if (r < height && width == 64) {
          __builtin_prefetch(from + 64);
          __builtin_memcpy(lines[r], from, 64);
        } else {
          for (size_t y = 0; y < 64; y++) lines[r][y] = r < height && y < width ? from[y] : 0;
        }
      }
      for (size_t part = 0; part < width; part += 16) {
        BYTES block[16];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < 16; r++) __builtin_memcpy(&block[r], lines[r] + part, 16);
        TRAIN(transpose_bytes)(block);
        const size_t count = TRAIN(least)(16, width - part);
        for (size_t lane = 0; lane < 16 && i + lane < m; lane += LANES) {
          REAL *to = panels + (i + lane) / LANES * panel_stride + (x + part) * LANES;
          if (count == 16) {
#pragma clang loop unroll(full)
            for (size_t y = 0; y < 16; y++) TRAIN(store)(to + y * LANES, TRAIN(convert)((const uint8_t *)&block[y] + lane));
          } else {
            for (size_t y = 0; y < count; y++) TRAIN(store)(to + y * LANES, TRAIN(convert)((const uint8_t *)&block[y] + lane));
          }
        }
      }
    }
  }
}

static void TRAIN(panels_u8)(size_t m, size_t k, const uint8_t *bytes, REAL *panels) NNK_NONBLOCKING {
  TRAIN(pack_examples)(m, k, bytes, k, k * LANES, panels);
}

#include "training_narrow.inc.h"

static void TRAIN(product_u8)(size_t m, size_t n, size_t k, const REAL *w, ptrdiff_t w_row, ptrdiff_t w_col, const uint8_t *b,
                              const uint8_t *arranged, const REAL *bias, REAL *c, REAL *scratch) NNK_NONBLOCKING {
  const bool is_turned = w_row == 1 && w_col == (ptrdiff_t)n;
  TRAIN(begin_panels)((m + LANES - 1) / LANES, n, bias, c, n);
  for (size_t x = 0; x < k; x += NNK_BLOCK) {
    const size_t columns = TRAIN(least)(NNK_BLOCK, k - x);
    const REAL *block = w + (ptrdiff_t)x * w_col;
    if (n <= NNK_NARROW_OUTPUTS && (is_turned || w_col == 1)) {
      uint8_t *dealt = (uint8_t *)(scratch + NNK_NARROW_OUTPUTS * NNK_BLOCK);
      if (!is_turned) {
        TRAIN(turn)(n, columns, block, (size_t)w_row, scratch);
        block = scratch;
      }
      for (size_t i = 0; i < m; i += 16) {
        if (i + 1 == m && n > LANES / 2) {
          TRAIN(narrow_example)(n, columns, block, b + i * k + x, c + i * n);
          break;
        }
        if (!arranged) TRAIN(deal)(TRAIN(least)(16, m - i), columns, b + i * k + x, k, dealt);
        for (size_t lane = 0; lane < 16 && i + lane < m; lane += LANES)
          if (arranged)
            TRAIN(narrow)(ARRANGED, n, columns, block, arranged + i * k + x * 16 + lane, c + (i + lane) * n, LANES, false,
                          (TRAIN(next_lines)){0});
          else
            TRAIN(narrow)(DEALT, n, columns, block, dealt + lane, c + (i + lane) * n, LANES, false, (TRAIN(next_lines)){0});
      }
      continue;
    }
    for (size_t i = 0; i < m; i += WIDE * LANES) {
      const size_t examples = TRAIN(least)(WIDE * LANES, m - i);
      TRAIN(pack_examples)(examples, columns, b + i * k + x, k, columns * LANES, scratch);
      BLOCK_NAME(n, (examples + LANES - 1) / LANES * LANES, columns, block, w_row, w_col, scratch, columns * LANES,
                 c + i * n, LANES, n * LANES, false);
    }
  }
}

// --- From panels and back ----------------------------------------------------------------------------------------------------

static void TRAIN(rows)(size_t n, size_t m, const REAL *panels, size_t units, REAL *rows, size_t stride) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i += LANES, panels += units * LANES) {
    const size_t width = TRAIN(least)(LANES, m - i);
    for (size_t j = 0; j < n; j++) {
      const REAL *from = panels + j * LANES;
      if (width == LANES)
        TRAIN(store)(rows + j * stride + i, TRAIN(load)(from));
      else
        for (size_t lane = 0; lane < width; lane++) rows[j * stride + i + lane] = from[lane];
    }
  }
}

static void TRAIN(examples)(size_t n, size_t m, const REAL *panels, REAL *examples) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++) {
    const REAL *from = panels + i / LANES * n * LANES + i % LANES;
    for (size_t j = 0; j < n; j++) examples[i * n + j] = from[j * LANES];
  }
}

static void TRAIN(panels)(size_t n, size_t m, const REAL *examples, REAL *panels) NNK_NONBLOCKING {
  for (size_t i = 0; i < (m + LANES - 1) / LANES * LANES; i++) {
    REAL *to = panels + i / LANES * n * LANES + i % LANES;
    for (size_t j = 0; j < n; j++) to[j * LANES] = i < m ? examples[i * n + j] : 0;
  }
}

// --- Gradients ---------------------------------------------------------------------------------------------------------------

// Units of panels as panels of units: [LANES units][example][lane], lanes behind the last unit 0.
static void TRAIN(pack_units)(size_t m, size_t k, size_t first, size_t count, const REAL *a, REAL *to) NNK_NONBLOCKING {
  for (size_t u = 0; u < count; u += LANES, to += m * LANES) {
    const size_t width = TRAIN(least)(LANES, count - u);
    for (size_t i = 0; i < m; i += LANES) {
      const REAL *from = a + (i * k) + (first + u) * LANES;
      VECTOR block[LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) block[r] = r < width ? TRAIN(load)(from + r * LANES) : (VECTOR){0};
      TRAIN(transpose)(block);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++)
        if (i + r < m) TRAIN(store)(to + (i + r) * LANES, block[r]);
    }
  }
}

static void TRAIN(pack_columns)(size_t m, size_t k, size_t first, size_t count, const uint8_t *a, REAL *to) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++) {
    const uint8_t *from = a + i * k + first;
    __builtin_prefetch(from + 64, 0, 2);
    size_t u = 0;
    for (; u + LANES <= count; u += LANES) TRAIN(store)(to + u * m + i * LANES, TRAIN(convert)(from + u));
    for (size_t lane = 0; u < count && lane < LANES; lane++)
      to[u * m + i * LANES + lane] = u + lane < count ? (REAL)from[u + lane] : 0;
  }
}

static void TRAIN(weight_gradient)(size_t m, size_t n, size_t k, size_t first, size_t count, const REAL *delta, size_t stride,
                                   const REAL *a, REAL *gradient, bool begins, REAL *scratch) NNK_NONBLOCKING {
  for (size_t x = 0; x < count; x += WIDE * LANES) {
    const size_t columns = TRAIN(least)(WIDE * LANES, count - x);
    TRAIN(pack_units)(m, k, first + x, columns, a, scratch);
    BLOCK_NAME(n, columns, m, delta, (ptrdiff_t)stride, 1, scratch, m * LANES, gradient + first + x, k, LANES, begins);
  }
}

static void TRAIN(weight_gradient_u8)(size_t m, size_t n, size_t k, size_t first, size_t count, const REAL *delta,
                                      size_t stride, const uint8_t *a, const uint8_t *arranged, REAL *gradient, size_t row,
                                      bool begins, REAL *scratch) NNK_NONBLOCKING {
  size_t x = 0;
  // Bytes of a cache line of each row side by side, as rows a multiple of a page apart push each other out of the cache.
  TRAIN(next_lines) next = {a + first, k, (uint8_t *)(scratch + NNK_NARROW_OUTPUTS * NNK_BLOCK)};
  if (n <= NNK_NARROW_OUTPUTS && count >= 64) {
    TRAIN(turn)(n, m, delta, stride, scratch);
    for (size_t i = 0; !arranged && i < m; i++) TRAIN(take_line)(next, i);
  }
  for (; n <= NNK_NARROW_OUTPUTS && x + 64 <= count; x += 64) {
    next.rows += 64;
    for (size_t u = 0; u < 64; u += LANES) {
      const bool takes = !arranged && u + LANES == 64 && x + 128 <= count;
      TRAIN(narrow)(LINES, n, m, scratch, (arranged ? arranged + (first + x) * m : next.lines) + u, gradient + first + x + u, row,
                    begins, takes ? next : (TRAIN(next_lines)){0});
    }
  }
  for (; x < count; x += WIDE * LANES) {
    const size_t columns = TRAIN(least)(WIDE * LANES, count - x);
    TRAIN(pack_columns)(m, k, first + x, columns, a, scratch);
    BLOCK_NAME(n, columns, m, delta, (ptrdiff_t)stride, 1, scratch, m * LANES, gradient + first + x, row, LANES, begins);
  }
}

static void TRAIN(bias_gradient)(size_t m, size_t n, const REAL *delta, size_t stride, REAL *gradient,
                                 bool begins) NNK_NONBLOCKING {
  size_t j = 0;
  // Lanes run across units, each of which adds its examples in order.
  for (; j + LANES <= n; j += LANES) {
    VECTOR sums = {0};
    size_t i = 0;
    for (; i + LANES <= m; i += LANES) {
      VECTOR block[LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) block[r] = TRAIN(load)(delta + (j + r) * stride + i);
      TRAIN(transpose)(block);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) sums = sums + block[r];
    }
    if (i < m) {
      VECTOR block[LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) {
        block[r] = (VECTOR){0};
        __builtin_memcpy(&block[r], delta + (j + r) * stride + i, (m - i) * sizeof(REAL));
      }
      TRAIN(transpose)(block);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++)
        if (i + r < m) sums = sums + block[r];
    }
    for (size_t r = 0; r < LANES; r++) gradient[j + r] = (begins ? 0 : gradient[j + r]) + sums[r];
  }
  for (; j < n; j++) {
    REAL sum = 0;
    for (size_t i = 0; i < m; i++) sum = sum + delta[j * stride + i];
    gradient[j] = (begins ? 0 : gradient[j]) + sum;
  }
}

static void TRAIN(activation_gradient)(nnk_activation activation, size_t count, const REAL *a, REAL *delta) NNK_NONBLOCKING {
  switch (activation) {
    case NNK_LINEAR:
    case NNK_SOFTMAX:
      break;
    case NNK_RELU:
      for (size_t j = 0; j < count; j++) delta[j] = a[j] > 0 ? delta[j] : 0;
      break;
    case NNK_LEAKY_RELU:
      for (size_t j = 0; j < count; j++) delta[j] = a[j] > 0 ? delta[j] : delta[j] * (REAL)NNK_LEAKY_SLOPE;
      break;
    case NNK_TANH:
      for (size_t j = 0; j < count; j++) delta[j] = delta[j] * (1 - a[j] * a[j]);
      break;
    case NNK_SIGMOID:
      for (size_t j = 0; j < count; j++) delta[j] = delta[j] * (a[j] * (1 - a[j]));
      break;
  }
}

static void TRAIN(output_delta)(nnk_loss loss, size_t m, size_t n, const REAL *a, const REAL *targets, const REAL *factors,
                                REAL *delta) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++) {
    const REAL factor = loss == NNK_LOSS_SQUARES ? factors[i] * (2 / (REAL)n) : factors[i];
    for (size_t j = 0; j < n; j++) delta[i * n + j] = (a[i * n + j] - targets[i * n + j]) * factor;
  }
}

// --- Dropout -----------------------------------------------------------------------------------------------------------------

static void TRAIN(dropout)(nnk_random random, size_t first, size_t m, size_t unit, size_t n, size_t units, uint32_t keep,
                           REAL scale, const REAL *from, REAL *to) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i += LANES)
    for (size_t u = 0; u < n; u += 4) {
      // The rounds of nnk_random_words, lanes across examples.
      uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
      for (size_t lane = 0; lane < LANES; lane++) {
        c0[lane] = (uint32_t)((unit + u) / 4);
        c1[lane] = (uint32_t)(first + i + lane);
        c2[lane] = random.stream;
        c3[lane] = random.step;
      }
      uint32_t k0 = (uint32_t)random.key, k1 = (uint32_t)(random.key >> 32);
      for (int round = 0; round < 10; round++, k0 += NNK_PHILOX_W0, k1 += NNK_PHILOX_W1)
        for (size_t lane = 0; lane < LANES; lane++) {
          const uint64_t a = (uint64_t)c0[lane] * NNK_PHILOX_M0, b = (uint64_t)c2[lane] * NNK_PHILOX_M1;
          c0[lane] = (uint32_t)(b >> 32) ^ c1[lane] ^ k0;
          c1[lane] = (uint32_t)b;
          c2[lane] = (uint32_t)(a >> 32) ^ c3[lane] ^ k1;
          c3[lane] = (uint32_t)a;
        }
      const uint32_t *const words[4] = {c0, c1, c2, c3};
      const size_t place = i * units + u * LANES;
      for (size_t w = 0; w < 4 && u + w < n; w++)
        for (size_t lane = 0; lane < LANES; lane++)
          to[place + w * LANES + lane] = words[w][lane] < keep ? from[place + w * LANES + lane] * scale : 0;
    }
}

// --- The first layer's input format ------------------------------------------------------------------------------------------

#include "columns.inc.h"

#define FOLD static void TRAIN(fold)
#include "fold.inc.h"
#undef FOLD

// From a row, or where it lies.
INLINE void TRAIN(unfold_row)(size_t first, size_t count, size_t channels, const REAL *from, REAL *row, REAL bias_gradient,
                              const double *scale, const double *offset, bool simple) NNK_NONBLOCKING {
  if (simple) {
    const double factor = scale[0];
    // Subtracting 0 as the general form does would change no bit but the sign of 0.
    for (size_t x = first; x < first + count; x++) row[x] = (REAL)((double)from[x] * factor - 0.0);
  } else {
    for (size_t x = first, c = first % channels; x < first + count; x++, c = c + 1 == channels ? 0 : c + 1)
      row[x] = (REAL)((double)from[x] * scale[c] - offset[c] * (double)bias_gradient);
  }
}

static void TRAIN(unfold)(size_t n, size_t k, size_t first, size_t count, size_t channels, REAL *gradient,
                          const REAL *bias_gradient, const double *scale, const double *offset, const nnk_columns *columns,
                          REAL *spread) NNK_NONBLOCKING {
  bool simple = true;
  for (size_t c = 0; c < channels; c++) simple = simple && offset[c] == 0 && scale[c] == scale[0];
  for (size_t j = 0; j < n; j++) {
    REAL *row = gradient + j * k;
    if (columns) {
      TRAIN(spread_row)(k, columns, row, spread);
      TRAIN(unfold_row)(first, count, channels, spread, row, bias_gradient[j], scale, offset, simple);
    } else {
      TRAIN(unfold_row)(first, count, channels, row, row, bias_gradient[j], scale, offset, simple);
    }
  }
}

// --- Element by element ------------------------------------------------------------------------------------------------------

static void TRAIN(scale)(size_t count, REAL factor, REAL *x) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) x[j] = x[j] * factor;
}

static void TRAIN(add)(size_t count, REAL factor, const REAL *x, REAL *to) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) to[j] = to[j] + factor * x[j];
}

static double TRAIN(square_sum)(size_t count, const REAL *x) NNK_NONBLOCKING {
  double sums[16] = {0};
  size_t j = 0;
  for (; j + 16 <= count; j += 16)
    for (size_t lane = 0; lane < 16; lane++) sums[lane] = sums[lane] + (double)x[j + lane] * (double)x[j + lane];
  for (; j < count; j++) sums[j % 16] = sums[j % 16] + (double)x[j] * (double)x[j];
  double total = 0;
  for (size_t lane = 0; lane < 16; lane++) total = total + sums[lane];
  return total;
}

static void TRAIN(descend)(size_t count, REAL rate, const REAL *restrict g, REAL *restrict p) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) p[j] = p[j] - rate * g[j];
}

// What an optimiser remembers of a gradient that has become 0 halves every few steps and would soon be subnormal, with which a
// processor computes a hundred times as slowly. It is 0 from 2^-100 on, in 64 bits 2^-1000: nothing that an update could show.
INLINE REAL TRAIN(remembered)(REAL x) NNK_NONBLOCKING {
  return __builtin_elementwise_abs(x) < (REAL)(sizeof(REAL) == 4 ? 0x1p-100 : 0x1p-1000) ? 0 : x;
}

// x², or 0 where a part of that would be subnormal.
INLINE REAL TRAIN(square)(REAL x) NNK_NONBLOCKING {
  const REAL root = __builtin_elementwise_abs(x) < (REAL)(sizeof(REAL) == 4 ? 0x1p-50 : 0x1p-500) ? 0 : x;
  return root * root;
}

static void TRAIN(momentum)(size_t count, REAL rate, REAL momentum, bool nesterov, const REAL *restrict g, REAL *restrict v,
                            REAL *restrict p) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) {
    const REAL speed = TRAIN(remembered)(momentum * v[j] + g[j]);
    v[j] = speed;
    p[j] = p[j] - rate * (nesterov ? g[j] + momentum * speed : speed);
  }
}

static void TRAIN(rmsprop)(size_t count, REAL rate, REAL decay, REAL rest, REAL epsilon, const REAL *restrict g,
                           REAL *restrict v, REAL *restrict p) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) {
    const REAL square = TRAIN(remembered)(decay * v[j] + rest * TRAIN(square)(g[j]));
    v[j] = square;
    p[j] = p[j] - rate * (g[j] / (TRAIN(root)(square) + epsilon));
  }
}

static void TRAIN(adam)(size_t count, REAL rate, REAL rest1, REAL decay2, REAL rest2, REAL correction, REAL epsilon,
                        const REAL *restrict g, REAL *restrict m, REAL *restrict v, REAL *restrict p) NNK_NONBLOCKING {
  for (size_t j = 0; j < count; j++) {
    const REAL mean = TRAIN(remembered)(m[j] + rest1 * (g[j] - m[j]));
    const REAL square = TRAIN(remembered)(decay2 * v[j] + rest2 * TRAIN(square)(g[j]));
    m[j] = mean;
    v[j] = square;
    p[j] = p[j] - rate * (mean / (TRAIN(root)(square) * correction + epsilon));
  }
}

#undef LOW
#undef HIGH
#undef VECTOR
#undef BYTES
#undef LINES
#undef DEALT
#undef ARRANGED
#undef INLINE
