// The part of forward.inc.h for many rows: a block of k of some rows at a time, in groups, and tiles of them by strips of outputs.

// --- Rows ------------------------------------------------------------------------------------------------------------

// Rows `i` and those behind it side by side, [x][GROUP]; what is not among the m rows is the last again, whose sums nobody reads.
INLINE void NAME(group_u8)(size_t m, size_t i, size_t row, size_t k, const uint8_t *bytes, float *to) NNK_NONBLOCKING {
  typedef uint8_t BYTES __attribute__((vector_size(16), aligned(1), may_alias));
  typedef float FLOATS __attribute__((vector_size(64), aligned(4), may_alias));
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define PUT(place, interleaved) *(FLOATS *)(to + (place)) = __builtin_convertvector(interleaved, FLOATS)
  const uint8_t *rows[GROUP];
  for (size_t g = 0; g < GROUP; g++) rows[g] = bytes + (i + g < m ? i + g : m - 1) * row;
  // The processor does not foresee where the next block's bytes are.
  for (size_t x = 0; x < k; x += 64)
    UNROLL for (int g = 0; g < GROUP; g++) __builtin_prefetch(rows[g] + NNK_BLOCK + x, 0, 2);
  size_t x = 0;
  for (; k - x >= 16; x += 16) {
    BYTES a = *(const BYTES *)(rows[0] + x), b = *(const BYTES *)(rows[1] + x);
#if LANES == 16
    typedef uint16_t WORDS __attribute__((vector_size(16), may_alias));
#define PAIRS_LOW(a, b) (BYTES) __builtin_shufflevector((WORDS)(a), (WORDS)(b), 0, 8, 1, 9, 2, 10, 3, 11)
#define PAIRS_HIGH(a, b) (BYTES) __builtin_shufflevector((WORDS)(a), (WORDS)(b), 4, 12, 5, 13, 6, 14, 7, 15)
    BYTES c = *(const BYTES *)(rows[2] + x), d = *(const BYTES *)(rows[3] + x);
    const BYTES ab_low = INTERLEAVED_LOW(a, b), ab_high = INTERLEAVED_HIGH(a, b);
    const BYTES cd_low = INTERLEAVED_LOW(c, d), cd_high = INTERLEAVED_HIGH(c, d);
    PUT(4 * x, PAIRS_LOW(ab_low, cd_low));
    PUT(4 * x + 16, PAIRS_HIGH(ab_low, cd_low));
    PUT(4 * x + 32, PAIRS_LOW(ab_high, cd_high));
    PUT(4 * x + 48, PAIRS_HIGH(ab_high, cd_high));
#undef PAIRS_LOW
#undef PAIRS_HIGH
#else
    PUT(2 * x, INTERLEAVED_LOW(a, b));
    PUT(2 * x + 16, INTERLEAVED_HIGH(a, b));
#endif
  }
#undef INTERLEAVED_LOW
#undef INTERLEAVED_HIGH
#undef PUT
  _Pragma("clang loop vectorize(disable)") ONCE for (; x < k; x++)
    for (size_t g = 0; g < GROUP; g++) to[GROUP * x + g] = (float)rows[g][x];
}

INLINE void NAME(group_f32)(size_t m, size_t i, size_t row, size_t k, const float *floats, float *to) NNK_NONBLOCKING {
  const float *rows[GROUP];
  for (size_t g = 0; g < GROUP; g++) rows[g] = floats + (i + g < m ? i + g : m - 1) * row;
  for (size_t x = 0; x < k; x++)
    UNROLL for (int g = 0; g < GROUP; g++) to[GROUP * x + g] = rows[g][x];
}

// --- Many rows -------------------------------------------------------------------------------------------------------

// What full tiles of whole strips ask for ahead, as the processor does not foresee where it is: their own outputs, and `lines` cache
// lines at a time of the strips that follow, of which `left` are left. Both between products: all at once they would fill the places
// where the first-level cache keeps what it waits for, and the products would wait with it.
typedef struct NAME(forward_ahead) {
  // An address, as nothing may follow.
  uintptr_t next;
  size_t lines, left;
} NAME(forward_ahead);
#define AHEAD NAME(forward_ahead)
// The k from one time to the next.
#define ASK 16

// rows, strips, vectors, share and asks are constants at every call, so the loops over them unroll and the sums stay in
// registers. groups: where the first row stands in them; strips of that form, `step` elements apart; width: how many outputs there
// are; used: how many of the rows are.
INLINE void NAME(tile)(const int rows, const int strips, const int vectors, const int share, const bool asks, AHEAD *ahead, size_t k,
                       const float *groups, const float *panels, size_t step, size_t width, size_t used,
                       TARGET target) NNK_NONBLOCKING {
  const size_t stride = vectors * LANES + (share > 1 ? LANES / share : 0);
  const int parts = share > 1 ? (rows + share - 1) / share : 0;
  VECTOR sums[16][4], shared[8];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < strips * vectors; v++) sums[r][v] = (VECTOR){0};
  UNROLL for (int p = 0; p < parts; p++) shared[p] = (VECTOR){0};
  // Where k is short, all outputs at once.
  const size_t each = k >= (size_t)rows * ASK ? 1 : (size_t)rows;
  size_t x = 0, asked = 0;
  while (x < k) {
    size_t end = k;
    if (asks) {
      for (size_t r = 0; r < each && asked < (size_t)rows; r++, asked++)
        UNROLL for (int l = 0; l < (strips * vectors * LANES + 15) / 16; l++)
          __builtin_prefetch(target.c + asked * target.c_row + 16 * l, 1, 3);
      const size_t lines = ahead->left < ahead->lines ? ahead->left : ahead->lines;
      for (size_t l = 0; l < lines; l++) __builtin_prefetch((const void *)(ahead->next + 64 * l), 0, 2);
      ahead->next += 64 * lines;
      ahead->left -= lines;
      if (k - x > ASK) end = x + ASK;
    }
    ONCE for (; x < end; x++) {
      VECTOR weights[4];
      UNROLL for (int v = 0; v < strips * vectors; v++)
        weights[v] = NAME(load)(panels + v / 2 * step + x * stride + v % 2 * LANES);
      UNROLL for (int r = 0; r < rows && vectors > 0; r++) {
        const VECTOR value = NAME(everywhere)(groups[r / GROUP * GROUP * k + GROUP * x + r % GROUP]);
        UNROLL for (int v = 0; v < strips * vectors; v++) sums[r][v] = FMA(value, weights[v], sums[r][v]);
      }
      if (share > 1) {
        const VECTOR last = NAME(repeated)(share, panels + x * stride + vectors * LANES);
        UNROLL for (int p = 0; p < parts; p++) {
          const int r = p * share;
          const float *from = groups + r / GROUP * GROUP * k + GROUP * x + r % GROUP;
          shared[p] = FMA(NAME(together)(share, from), last, shared[p]);
        }
      }
    }
  }
  const int wide = strips * vectors * LANES;
  if (width >= (size_t)wide + (share > 1 ? LANES / share : 0) && used == (size_t)rows) {
    UNROLL for (int r = 0; r < rows; r++) {
      const TARGET row = NAME(at)(target, r, 0);
      UNROLL for (int v = 0; v < strips * vectors; v++) NAME(add)(sums[r][v], row.base + v * LANES, row.c + v * LANES);
      if (share > 1)
        NAME(add_part)(share, NAME(of_row)(share, r % share, shared[r / share]), row.base + wide, row.c + wide);
    }
    return;
  }
  float spread[16 * (4 * LANES + LANES / 2)];
  UNROLL for (int r = 0; r < rows; r++) {
    float *to = spread + r * (wide + LANES / 2);
    UNROLL for (int v = 0; v < strips * vectors; v++) *(VECTOR *)(to + v * LANES) = sums[r][v];
    if (share > 1) *(HALF *)(to + wide) = NAME(of_row)(share, r % share, shared[r / share]);
  }
  NAME(add_some)(used, width, spread, (size_t)wide + LANES / 2, target);
}

// m rows in tiles of `rows` and what is left of them. far: whether the weights may come from beyond the second-level cache.
INLINE void NAME(rows)(const int rows, const int strips, const int vectors, const int share, bool far, size_t m, size_t k,
                       const float *groups, const float *panels, size_t step, size_t width,
                       TARGET target) NNK_NONBLOCKING {
  size_t i = 0;
  const bool asks = vectors == 2 && share == 1;
  // As many strips as a tile has, shared among the tiles. Few rows are done with theirs before that arrives, and only wait longer.
  AHEAD ahead = {0, 0, 0};
  const size_t times = (m + (size_t)rows - 1) / (size_t)rows * ((k + ASK - 1) / ASK);
  if (asks && far && m >= 8) {
    const size_t strip = (size_t)(strips * 2 * LANES) * k;
    ahead = (AHEAD){(uintptr_t)panels + strip * sizeof(float), (strip / 16 + times - 1) / times, strip / 16};
  }
#define TILE(count, used)                                                                                                              \
  NAME(tile)(count, strips, vectors, share, asks && count == rows, &ahead, k, groups + i / GROUP * GROUP * k + i % GROUP, panels, step, \
             width, used, NAME(at)(target, i, 0));
  // 12 rows and 4 would be worse than 16 at once, or 8 and 8 where those fill the registers: four have too few chains to hide how long
  // each link takes.
  if (share == 4 && m == 16) {
    TILE(16, 16)
    return;
  }
  for (; m - i >= (size_t)rows && !(rows == 12 && m - i == 16); i += rows) TILE(rows, rows)
  if (rows > 8)
    for (; m - i >= 8; i += 8) TILE(8, 8)
  if (rows > 4)
    for (; m - i >= 4; i += 4) TILE(4, 4)
  if (share == 4) {
    if (i < m) TILE(4, m - i)
    return;
  }
  for (; m - i >= 2; i += 2) TILE(2, 2)
  if (i < m) TILE(1, 1)
#undef TILE
}

// Those of one form of strip. Functions of their own, as without optimisation each variable of each tile has a place of its own on the
// stack.
#define STRIPS_FUNCTION(name, count, strips, vectors, share)                                                               \
  __attribute__((noinline)) static void NAME(name)(bool far, size_t m, size_t k, const float *groups, const float *panels, \
                                                   size_t step, size_t width, TARGET target) NNK_NONBLOCKING {             \
    NAME(rows)(count, strips, vectors, share, far, m, k, groups, panels, step, width, target);                             \
  }
STRIPS_FUNCTION(two_strips, (LANES == 16 ? 4 : 2), 2, 2, 1)
STRIPS_FUNCTION(strip_2_2, ROWS / 6 * 4, 1, 2, 2)
STRIPS_FUNCTION(strip_2_1, ROWS, 1, 2, 1)
STRIPS_FUNCTION(strip_1_2, 8, 1, 1, 2)
STRIPS_FUNCTION(strip_1_1, 8, 1, 1, 1)
STRIPS_FUNCTION(strip_0_2, 8, 1, 0, 2)
#if LANES == 16
STRIPS_FUNCTION(strip_1_4, 12, 1, 1, 4)
#endif
#undef STRIPS_FUNCTION

// One block of k for m rows in groups and the outputs from `first` to `end`, whole strips or to the last. As many rows a tile as the
// registers hold sums.
static void NAME(block)(bool far, size_t m, size_t n, size_t first, size_t end, size_t k, const float *groups,
                        const float *panels, TARGET target) NNK_NONBLOCKING {
  size_t j = first;
  // Two strips at once where there would be too few chains to hide how long each link takes.
  if (m < 4 || (LANES == 16 && m < 24))
    for (; j < end && NAME(are_whole)(n - j, 2); j += 4 * LANES)
      NAME(two_strips)(far, m, k, groups, panels + j * k, 2 * LANES * k, 4 * LANES, NAME(at)(target, 0, j));
  for (STRIP strip; j < end; j += strip.width) {
    strip = NAME(strip)(n - j);
    const size_t width = n - j < strip.width ? n - j : strip.width;
    const float *from = panels + j * k;
    const TARGET at = NAME(at)(target, 0, j);
    switch (NAME(form)(strip)) {
#define FORM(vectors, share) \
  case FORM_OF(vectors, share): NAME(strip_##vectors##_##share)(far, m, k, groups, from, 0, width, at); break;
      EACH_FORM
#undef FORM
      default: break;
    }
  }
}
