// Bytes and few outputs: a part of training.inc.h.

// With so few outputs bytes are converted where they are multiplied, for all outputs at once: made into floats in memory first, as
// for many outputs, they would cost as much as the products. The sums are those of a block, one panel wide.

// Lines of 64 bytes of rows `stride` apart which come in place of those that are multiplied, each as soon as that has been read: it takes
// long to come from rows that lie far apart, and between products few wait for it. None where rows is NULL.
typedef struct TRAIN(next_lines) {
  const uint8_t *rows;
  size_t stride;
  uint8_t *lines;
} TRAIN(next_lines);

INLINE void TRAIN(take_line)(TRAIN(next_lines) next, size_t x) NNK_NONBLOCKING {
  const uint8_t *from = next.rows + x * next.stride;
  // Two lines on, which may be behind the last row: an address, and no pointer.
  __builtin_prefetch((const void *)((uintptr_t)from + 128), 0, 2);
  __builtin_memcpy(next.lines + x * 64, from, 64);
}

// How the bytes that come one after the other lie: 64 apart (lines); 64 apart in runs of 16, four runs side by side (dealt); or 16 apart
// (arranged).
typedef enum TRAIN(order) { TRAIN(lines), TRAIN(dealt), TRAIN(arranged) } TRAIN(order);
#define LINES TRAIN(lines)
#define DEALT TRAIN(dealt)
#define ARRANGED TRAIN(arranged)

// The conversion of the next bytes stands before products that do not need it: behind them it would wait for its turn, and then the next
// products for it.
INLINE VECTOR TRAIN(converted)(const uint8_t *from) NNK_NONBLOCKING {
  VECTOR x = TRAIN(convert)(from);
#ifdef VECTOR_REGISTER
  __asm__ volatile("" : VECTOR_REGISTER(x));
#endif
  return x;
}

INLINE void TRAIN(narrow_step)(const int rows, const REAL *a, VECTOR value, VECTOR *sums) NNK_NONBLOCKING {
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sums[r] = __builtin_elementwise_fma((VECTOR)(a[r] - (VECTOR){0}), value, sums[r]);
}

INLINE void TRAIN(narrow_run)(const int rows, const size_t apart, size_t n, size_t count, const REAL *a, const uint8_t *b,
                              TRAIN(next_lines) next, VECTOR *sums) NNK_NONBLOCKING {
  VECTOR value = TRAIN(converted)(b);
  size_t x = 0;
  for (; x + 2 < count; x += 2, a += 2 * n, b += 2 * apart) {
    const VECTOR second = TRAIN(converted)(b + apart);
    if (next.rows) TRAIN(take_line)(next, x);
    TRAIN(narrow_step)(rows, a, value, sums);
    value = TRAIN(converted)(b + 2 * apart);
    if (next.rows) TRAIN(take_line)(next, x + 1);
    TRAIN(narrow_step)(rows, a + n, second, sums);
  }
  const VECTOR last = x + 1 < count ? TRAIN(converted)(b + apart) : value;
  for (size_t i = x; next.rows && i < count; i++) TRAIN(take_line)(next, i);
  TRAIN(narrow_step)(rows, a, value, sums);
  if (x + 1 < count) TRAIN(narrow_step)(rows, a + n, last, sums);
}

// c (+)= the sums of `rows` outputs of a [count][n], count above 0.
INLINE void TRAIN(narrow_tile)(const int rows, TRAIN(order) order, size_t n, size_t count, const REAL *a, const uint8_t *b, REAL *c,
                               size_t c_row, bool begins, TRAIN(next_lines) next) NNK_NONBLOCKING {
  const TRAIN(next_lines) none = {0};
  VECTOR sums[NARROW_ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    sums[r] = (VECTOR){0};
    __builtin_prefetch(c + r * c_row, 1);
  }
  if (order == DEALT)
    for (size_t x = 0; x < count; x += 16)
      TRAIN(narrow_run)(rows, 64, n, TRAIN(least)(16, count - x), a + x * n, b + x / 64 * 1024 + x % 64, none, sums);
  else if (order == ARRANGED)
    TRAIN(narrow_run)(rows, 16, n, count, a, b, none, sums);
  else if (next.rows)
    TRAIN(narrow_run)(rows, 64, n, count, a, b, next, sums);
  else
    TRAIN(narrow_run)(rows, 64, n, count, a, b, none, sums);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    REAL *out = c + r * c_row;
    TRAIN(store)(out, (begins ? (VECTOR){0} : TRAIN(load)(out)) + sums[r]);
  }
}

static void TRAIN(narrow)(TRAIN(order) order, size_t n, size_t count, const REAL *a, const uint8_t *b, REAL *c, size_t c_row,
                          bool begins, TRAIN(next_lines) next) NNK_NONBLOCKING {
  size_t j = 0;
  // By the last tile, behind which nothing needs the lines that are there.
#define ROWS_OF(rows)                                                                 \
  for (; j + (rows) <= n; j += (rows))                                                \
  TRAIN(narrow_tile)(rows, order, n, count, a + j, b, c + j * c_row, c_row, begins, \
                     j + (rows) == n ? next : (TRAIN(next_lines)){0})
#if NARROW_ROWS >= 24
  ROWS_OF(24);
  ROWS_OF(20);
  ROWS_OF(16);
#endif
  ROWS_OF(12);
  ROWS_OF(8);
  ROWS_OF(4);
  ROWS_OF(2);
  ROWS_OF(1);
#undef ROWS_OF
}

// The sums of one example for outputs from number j on, lanes across outputs: `vectors` whole ones of a [count][n], or the last.
INLINE void TRAIN(example_run)(const int vectors, size_t j, size_t n, size_t count, const REAL *a, const uint8_t *b,
                               REAL *c) NNK_NONBLOCKING {
  VECTOR sums[3];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sums[v] = (VECTOR){0};
  size_t x = 0;
  // Behind a column's last output stands the next column.
  for (; x < count && (count - x) * n >= j + (size_t)vectors * LANES; x++) {
    const VECTOR value = (REAL)b[x] - (VECTOR){0};
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[v] = __builtin_elementwise_fma(TRAIN(load)(a + x * n + j + v * LANES), value, sums[v]);
  }
  for (; x < count; x++) {
    const VECTOR value = (REAL)b[x] - (VECTOR){0};
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      VECTOR weights = {0};
      const size_t first = j + (size_t)v * LANES;
      if (first < n) __builtin_memcpy(&weights, a + x * n + first, TRAIN(least)(LANES, n - first) * sizeof(REAL));
      sums[v] = __builtin_elementwise_fma(weights, value, sums[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    REAL lanes[LANES];
    TRAIN(store)(lanes, sums[v]);
    for (size_t u = j + (size_t)v * LANES, lane = 0; u < n && lane < LANES; u++, lane++)
      c[u * LANES] = c[u * LANES] + lanes[lane];
  }
}

// As a panel for one example would be, of which the other lanes stand for none.
static void TRAIN(narrow_example)(size_t n, size_t count, const REAL *a, const uint8_t *b, REAL *c) NNK_NONBLOCKING {
  size_t j = 0;
  for (; j + 2 * LANES < n; j += 3 * LANES) TRAIN(example_run)(3, j, n, count, a, b, c);
  for (; j + LANES < n; j += 2 * LANES) TRAIN(example_run)(2, j, n, count, a, b, c);
  if (j < n) TRAIN(example_run)(1, j, n, count, a, b, c);
}

// Columns of n rows as rows: [count][n].
static void TRAIN(turn)(size_t n, size_t count, const REAL *rows, size_t stride, REAL *to) NNK_NONBLOCKING {
  size_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    size_t x = 0;
    for (; x + LANES <= count; x += LANES) {
      VECTOR block[LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) block[r] = TRAIN(load)(rows + (j + r) * stride + x);
      TRAIN(transpose)(block);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) TRAIN(store)(to + (x + r) * n + j, block[r]);
    }
    for (; x < count; x++)
      for (size_t r = 0; r < LANES; r++) to[x * n + j + r] = rows[(j + r) * stride + x];
  }
  for (; j < n; j++)
    for (size_t x = 0; x < count; x++) to[x * n + j] = rows[j * stride + x];
}

// The vectors of doubles that a vector is folded in.
typedef double TRAIN(doubles) __attribute__((vector_size(8 * LANES)));

INLINE VECTOR TRAIN(folded)(const REAL *from, const double factors[LANES]) NNK_NONBLOCKING {
  TRAIN(doubles) by;
  __builtin_memcpy(&by, factors, sizeof by);
  return __builtin_convertvector(__builtin_convertvector(TRAIN(load)(from), TRAIN(doubles)) * by, VECTOR);
}

static void TRAIN(fold_turned)(size_t n, size_t k, size_t first, size_t count, size_t channels, const REAL *weight, const double *scale,
                               REAL *folded) NNK_NONBLOCKING {
  size_t x = first, c = first % channels;
  for (; x + LANES <= first + count; x += LANES) {
    double factors[LANES];
#pragma clang loop unroll(full)
    for (size_t lane = 0; lane < LANES; lane++) {
      factors[lane] = scale[c];
      c = c + 1 == channels ? 0 : c + 1;
    }
    VECTOR turned[NNK_NARROW_OUTPUTS / LANES][LANES];
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
      VECTOR *block = turned[j / LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < LANES; r++) block[r] = TRAIN(folded)(weight + (j + r) * k + x, factors);
      TRAIN(transpose)(block);
    }
    const size_t whole = j;
    for (; j + 4 <= n; j += 4) {
      VECTOR rows[4];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < 4; r++) rows[r] = TRAIN(folded)(weight + (j + r) * k + x, factors);
      const VECTOR even_low = __builtin_shufflevector(rows[0], rows[2], LOW), even_high = __builtin_shufflevector(rows[0], rows[2], HIGH);
      const VECTOR odd_low = __builtin_shufflevector(rows[1], rows[3], LOW), odd_high = __builtin_shufflevector(rows[1], rows[3], HIGH);
      REAL dealt[4 * LANES];
      TRAIN(store)(dealt, __builtin_shufflevector(even_low, odd_low, LOW));
      TRAIN(store)(dealt + LANES, __builtin_shufflevector(even_low, odd_low, HIGH));
      TRAIN(store)(dealt + 2 * LANES, __builtin_shufflevector(even_high, odd_high, LOW));
      TRAIN(store)(dealt + 3 * LANES, __builtin_shufflevector(even_high, odd_high, HIGH));
      for (size_t r = 0; r < LANES; r++) __builtin_memcpy(folded + (x + r) * n + j, dealt + 4 * r, 4 * sizeof(REAL));
    }
    for (; j < n; j++) {
      const VECTOR row = TRAIN(folded)(weight + j * k + x, factors);
      for (size_t r = 0; r < LANES; r++) folded[(x + r) * n + j] = row[r];
    }
    for (size_t r = 0; r < LANES; r++)
      for (j = 0; j < whole; j += LANES) TRAIN(store)(folded + (x + r) * n + j, turned[j / LANES][r]);
  }
  for (; x < first + count; x++, c = c + 1 == channels ? 0 : c + 1)
    for (size_t j = 0; j < n; j++) folded[x * n + j] = (REAL)((double)weight[j * k + x] * scale[c]);
}

typedef uint8_t TRAIN(line) __attribute__((vector_size(64)));
// Within each quarter of a line: 16 rows of four times 16 columns become 16 columns of four times 16 rows.
#define QUARTER(at, from)                                                                                              \
  at + from, 64 + at + from, at + from + 1, 65 + at + from, at + from + 2, 66 + at + from, at + from + 3,              \
      67 + at + from, at + from + 4, 68 + at + from, at + from + 5, 69 + at + from, at + from + 6, 70 + at + from,     \
      at + from + 7, 71 + at + from
#define QUARTERS(from) QUARTER(0, from), QUARTER(16, from), QUARTER(32, from), QUARTER(48, from)

// Columns of at most 16 rows of bytes, a cache line of each at a time, so that column x of a group of 64 is the 16 bytes at
// x % 16·64 + x / 16·16.
static void TRAIN(deal)(size_t m, size_t columns, const uint8_t *rows, size_t stride, uint8_t *to) NNK_NONBLOCKING {
  for (size_t x = 0; x < columns; x += 64, to += 1024) {
    const size_t width = TRAIN(least)(64, columns - x);
    TRAIN(line) lines[16];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 16; r++) {
      const uint8_t *from = rows + r * stride + x;
      lines[r] = (TRAIN(line)){0};
      if (r < m && width == 64) {
        __builtin_prefetch(from + 64);
        __builtin_memcpy(&lines[r], from, 64);
      } else if (r < m) {
        uint8_t part[64] = {0};
        __builtin_memcpy(part, from, width);
        __builtin_memcpy(&lines[r], part, 64);
      }
    }
#pragma clang loop unroll(full)
    for (int round = 1; round < 16; round *= 2) {
      TRAIN(line) dealt[16];
#pragma clang loop unroll(full)
      for (int r = 0; r < 8; r++) {
        dealt[2 * r] = __builtin_shufflevector(lines[r], lines[r + 8], QUARTERS(0));
        dealt[2 * r + 1] = __builtin_shufflevector(lines[r], lines[r + 8], QUARTERS(8));
      }
#pragma clang loop unroll(full)
      for (int r = 0; r < 16; r++) lines[r] = dealt[r];
    }
    __builtin_memcpy(to, lines, sizeof lines);
  }
}
#undef QUARTER
#undef QUARTERS
