// Forward propagation of one layer for one vector width. Included with
//   LANES   floats in a vector
//   ROWS    rows of a tile, even
//   NAME(x) the name of a function of this instruction set
//
// Packed weights: block by block of k, and in a block strip by strip of outputs, [x][width]. Strips are 2·LANES outputs
// wide while so many are left; what is left then is one strip of up to two vectors and a half, padded with zeros. So a
// layer of 20 outputs wastes no lane, and memory is read from end to end.
//
// Rows come in groups, [x][GROUP], converted from bytes or copied a block of k at a time into memory that stays in the cache.
// What a strip has behind its whole vectors shares a vector between two rows of a group, LANES / 2 outputs of each, or four.
// Every lane is one output's own chain, whatever the tile.

#define VECTOR NAME(forward_vector)
#define HALF NAME(forward_half)
#define QUARTER NAME(forward_quarter)
#define PAIR NAME(forward_pair)
typedef float VECTOR __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float HALF __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
typedef float QUARTER __attribute__((vector_size(16), aligned(4), may_alias));
typedef float PAIR __attribute__((vector_size(8), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
// Loops over the registers of a tile. Left to itself the compiler keeps the larger tiles' loops, and their sums in memory.
#define UNROLL _Pragma("clang loop unroll(full)")
// Loops over k, whose bodies are long enough.
#define ONCE _Pragma("clang loop unroll(disable)")
#define FMA __builtin_elementwise_fma

INLINE VECTOR NAME(load)(const float *from) NNK_NONBLOCKING { return *(const VECTOR *)from; }
INLINE VECTOR NAME(everywhere)(float x) NNK_NONBLOCKING { return x - (VECTOR){0}; }

#if LANES == 4
#define TWICE 0, 0, 1, 1
#define BOTH 0, 1, 0, 1
#define EVEN 0, 2
#define ODD 1, 3
#elif LANES == 8
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3
#define BOTH 0, 1, 0, 1, 0, 1, 0, 1
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#else
#define TWICE 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7
#define BOTH 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#endif
#define GROUP (LANES == 16 ? 4 : 2)

// Each of LANES / share weights in `share` lanes, for as many rows of a group.
INLINE VECTOR NAME(repeated)(const int share, const float *from) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    const QUARTER quarter = *(const QUARTER *)from;
    return __builtin_shufflevector(quarter, quarter, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  }
#endif
  const HALF half = *(const HALF *)from;
  return __builtin_shufflevector(half, half, TWICE);
}
// The elements of `share` rows, again and again.
INLINE VECTOR NAME(together)(const int share, const float *from) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    const QUARTER quarter = *(const QUARTER *)from;
    return __builtin_shufflevector(quarter, quarter, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  }
#endif
  const PAIR pair = *(const PAIR *)from;
  return __builtin_shufflevector(pair, pair, BOTH);
}

// --- Packed weights ------------------------------------------------------------------------------------------------

// The strip that begins when so many outputs are left: whole vectors, and how many rows share the one that follows; 1: none does.
typedef struct NAME(forward_strip) {
  int vectors;
  int share;
  size_t width;
} NAME(forward_strip);
#define STRIP NAME(forward_strip)

INLINE STRIP NAME(strip)(size_t left) NNK_NONBLOCKING {
  STRIP strip = {2, 1, 2 * LANES};
  if (left > 2 * LANES + LANES / 2) return strip;
  const size_t behind = left % LANES;
  strip.vectors = (int)(left / LANES);
  strip.share = behind == 0 ? 1 : LANES == 16 && strip.vectors == 1 && behind <= LANES / 4 ? 4 : 2;
  if (behind > LANES / 2) {
    strip.vectors++;
    strip.share = 1;
  }
  strip.width = (size_t)strip.vectors * LANES + (strip.share > 1 ? LANES / (size_t)strip.share : 0);
  return strip;
}

// One number for a strip's form.
#define FORM_OF(vectors, share) (8 * (vectors) + (share))
INLINE int NAME(form)(STRIP strip) NNK_NONBLOCKING { return FORM_OF(strip.vectors, strip.share); }

// Whether the next `count` strips are of two vectors without padding.
INLINE bool NAME(are_whole)(size_t left, size_t count) NNK_NONBLOCKING {
  const size_t before = (count - 1) * 2 * LANES;
  return left >= before + 2 * LANES && NAME(strip)(left - before).width == 2 * LANES;
}

static size_t NAME(forward_width)(size_t n) NNK_NONBLOCKING {
  size_t width = 0;
  for (size_t j = 0; j < n; j += NAME(strip)(n - j).width) width += NAME(strip)(n - j).width;
  return width;
}

static void NAME(forward_pack)(size_t n, size_t k, size_t first, size_t count, const float *rows,
                               float *panels) NNK_NONBLOCKING {
  const size_t all = NAME(forward_width)(n);
  for (size_t x = 0; x < k; x += NNK_BLOCK) {
    const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
    for (size_t j = first, width; j < first + count; j += width) {
      width = NAME(strip)(n - j).width;
      float *to = panels + x * all + j * columns;
      const float *from = rows + (j - first) * k + x;
      const size_t used = n - j < width ? n - j : width;
      for (size_t y = 0; y < columns; y++, to += width) {
        for (size_t lane = 0; lane < used; lane++) to[lane] = from[lane * k + y];
        for (size_t lane = used; lane < width; lane++) to[lane] = 0;
      }
    }
  }
}

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

// --- Sums into memory ------------------------------------------------------------------------------------------------

// Where sums go: c[i] = base[i] + sum, base being the bias for the first block, then c itself.
typedef struct NAME(forward_target) {
  const float *base;
  size_t base_row;
  float *c;
  size_t c_row;
} NAME(forward_target);
#define TARGET NAME(forward_target)

INLINE TARGET NAME(at)(TARGET target, size_t i, size_t j) NNK_NONBLOCKING {
  target.base += i * target.base_row + j;
  target.c += i * target.c_row + j;
  return target;
}

// The same place after its first block.
INLINE TARGET NAME(again)(TARGET target) NNK_NONBLOCKING {
  return (TARGET){target.c, target.c_row, target.c, target.c_row};
}

// The outputs of row r of `share` rows that share a vector, at the front of a half.
INLINE HALF NAME(of_row)(const int share, const int r, VECTOR sums) NNK_NONBLOCKING {
#if LANES == 16
#define OF_ROW(r) __builtin_shufflevector(sums, sums, r, r + 4, r + 8, r + 12, -1, -1, -1, -1)
  if (share == 4) return r == 0 ? OF_ROW(0) : r == 1 ? OF_ROW(1) : r == 2 ? OF_ROW(2) : OF_ROW(3);
#undef OF_ROW
#endif
  return r ? __builtin_shufflevector(sums, sums, ODD) : __builtin_shufflevector(sums, sums, EVEN);
}

// to = from + sum, of whole vectors, and of LANES / share outputs.
INLINE void NAME(add)(VECTOR sum, const float *from, float *to) NNK_NONBLOCKING {
  *(VECTOR *)to = NAME(load)(from) + sum;
}

INLINE void NAME(add_part)(const int share, HALF sum, const float *from, float *to) NNK_NONBLOCKING {
#if LANES == 16
  if (share == 4) {
    *(QUARTER *)to = *(const QUARTER *)from + __builtin_shufflevector(sum, sum, 0, 1, 2, 3);
    return;
  }
#endif
  *(HALF *)to = *(const HALF *)from + sum;
}

// The same for `rows` rows of sums, `stride` apart, where the outputs end within the vectors. Not inlined, or it would stand in each
// tile.
__attribute__((noinline)) static void NAME(add_some)(size_t rows, size_t width, const float *sums, size_t stride,
                                                     TARGET target) NNK_NONBLOCKING {
  for (size_t r = 0; r < rows; r++) {
    const TARGET row = NAME(at)(target, r, 0);
    for (size_t j = 0; j < width; j++) row.c[j] = row.base[j] + sums[r * stride + j];
  }
}

// --- Many rows -------------------------------------------------------------------------------------------------------

// rows, strips, vectors and share are constants at every call, so the loops over them unroll and the sums stay in
// registers. groups: where the first row stands in them; strips of that form, `step` elements apart; width: how many outputs there
// are; used: how many of the rows are.
INLINE void NAME(tile)(const int rows, const int strips, const int vectors, const int share, size_t k,
                       const float *groups, const float *panels, size_t step, size_t width, size_t used,
                       TARGET target) NNK_NONBLOCKING {
  const size_t stride = vectors * LANES + (share > 1 ? LANES / share : 0);
  const int parts = share > 1 ? (rows + share - 1) / share : 0;
  VECTOR sums[16][4], shared[8];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < strips * vectors; v++) sums[r][v] = (VECTOR){0};
  UNROLL for (int p = 0; p < parts; p++) shared[p] = (VECTOR){0};
  ONCE for (size_t x = 0; x < k; x++) {
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

// m rows in tiles of `rows` and what is left of them. The processor does not foresee where a tile's outputs are, nor where the next
// strip begins, so both are fetched ahead.
INLINE void NAME(rows)(const int rows, const int strips, const int vectors, const int share, size_t m, size_t k,
                       const float *groups, const float *panels, size_t step, size_t width,
                       TARGET target) NNK_NONBLOCKING {
  size_t i = 0;
  const float *next = panels + 2 * LANES * k;
  const size_t lines = vectors == 2 && share == 1 ? 2 * LANES * k / 16 : 0;
#define TILE(count, used)                                                                                         \
  {                                                                                                               \
    for (size_t l = i * lines / m; l < (i + (used)) * lines / m; l++) __builtin_prefetch(next + 16 * l, 0, 2);    \
    for (size_t r = i; r < i + (used); r++) __builtin_prefetch(target.c + r * target.c_row, 1, 3);                \
    NAME(tile)(count, strips, vectors, share, k, groups + i / GROUP * GROUP * k + i % GROUP, panels, step, width, \
               used, NAME(at)(target, i, 0));                                                                     \
  }
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
#define STRIPS_FUNCTION(name, count, strips, vectors, share)                                                           \
  __attribute__((noinline)) static void NAME(name)(size_t m, size_t k, const float *groups, const float *panels,       \
                                                   size_t step, size_t width, TARGET target) NNK_NONBLOCKING {         \
    NAME(rows)(count, strips, vectors, share, m, k, groups, panels, step, width, target);                              \
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
static void NAME(block)(size_t m, size_t n, size_t first, size_t end, size_t k, const float *groups,
                        const float *panels, TARGET target) NNK_NONBLOCKING {
  size_t j = first;
  // Two strips at once where there would be too few chains to hide how long each link takes.
  if (m < 4 || (LANES == 16 && m < 24))
    for (; j < end && NAME(are_whole)(n - j, 2); j += 4 * LANES)
      NAME(two_strips)(m, k, groups, panels + j * k, 2 * LANES * k, 4 * LANES, NAME(at)(target, 0, j));
  for (STRIP strip; j < end; j += strip.width) {
    strip = NAME(strip)(n - j);
    const size_t width = n - j < strip.width ? n - j : strip.width;
    const float *from = panels + j * k;
    const TARGET at = NAME(at)(target, 0, j);
    switch (NAME(form)(strip)) {
#define FORM(vectors, share) \
  case FORM_OF(vectors, share): NAME(strip_##vectors##_##share)(m, k, groups, from, 0, width, at); break;
      FORM(2, 2)
      FORM(2, 1)
      FORM(1, 2)
      FORM(1, 1)
      FORM(0, 2)
#if LANES == 16
      FORM(1, 4)
#endif
#undef FORM
      default: break;
    }
  }
}

// --- One row ---------------------------------------------------------------------------------------------------------

// `count` strips of two vectors of one block, `step` elements apart, side by side.
INLINE void NAME(one_row_strips)(const int count, size_t k, const float *a, const float *panels, size_t step,
                                 TARGET target) NNK_NONBLOCKING {
  VECTOR sums[8];
  UNROLL for (int v = 0; v < 2 * count; v++) sums[v] = (VECTOR){0};
  ONCE for (size_t x = 0; x < k; x++) {
    const VECTOR value = NAME(everywhere)(a[x]);
    UNROLL for (int v = 0; v < 2 * count; v++)
      sums[v] = FMA(value, NAME(load)(panels + v / 2 * step + (2 * x + v % 2) * LANES), sums[v]);
  }
  UNROLL for (int v = 0; v < 2 * count; v++) NAME(add)(sums[v], target.base + v * LANES, target.c + v * LANES);
}

INLINE HALF NAME(widened)(QUARTER x) NNK_NONBLOCKING {
#if LANES == 16
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, -1, -1, -1, -1);
#else
  (void)x;
  return (HALF){0};
#endif
}

// One strip in `blocks` blocks of k side by side, `step` elements apart.
INLINE void NAME(one_row_blocks)(const int blocks, const int vectors, const int share, size_t k, const float *a,
                                 const float *panels, size_t step, size_t width, TARGET target) NNK_NONBLOCKING {
  const size_t stride = vectors * LANES + (share > 1 ? LANES / share : 0);
  VECTOR sums[8][2];
  HALF half[8];
  QUARTER quarter[8];
  UNROLL for (int b = 0; b < blocks; b++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[b][v] = (VECTOR){0};
    half[b] = (HALF){0};
    quarter[b] = (QUARTER){0};
  }
  ONCE for (size_t x = 0; x < k; x++)
    UNROLL for (int b = 0; b < blocks; b++) {
      const float *weights = panels + b * step + x * stride;
      const float value = a[b * NNK_BLOCK + x];
      UNROLL for (int v = 0; v < vectors; v++)
        sums[b][v] = FMA(NAME(everywhere)(value), NAME(load)(weights + v * LANES), sums[b][v]);
      if (share == 2) half[b] = FMA(value - (HALF){0}, *(const HALF *)(weights + vectors * LANES), half[b]);
      if (share == 4) quarter[b] = FMA(value - (QUARTER){0}, *(const QUARTER *)(weights + vectors * LANES), quarter[b]);
    }
  const int wide = vectors * LANES;
  const bool is_whole = width >= (size_t)stride;
  UNROLL for (int b = 0; b < blocks; b++) {
    const HALF part = share == 4 ? NAME(widened)(quarter[b]) : half[b];
    if (is_whole) {
      UNROLL for (int v = 0; v < vectors; v++) NAME(add)(sums[b][v], target.base + v * LANES, target.c + v * LANES);
      if (share > 1) NAME(add_part)(share, part, target.base + wide, target.c + wide);
    } else {
      float spread[2 * LANES + LANES / 2];
      UNROLL for (int v = 0; v < vectors; v++) *(VECTOR *)(spread + v * LANES) = sums[b][v];
      if (share > 1) *(HALF *)(spread + wide) = part;
      NAME(add_some)(1, width, spread, 0, target);
    }
    target = NAME(again)(target);
  }
}

// `blocks` blocks of k elements each for one row and all outputs.
INLINE void NAME(one_row)(const int blocks, size_t n, size_t k, const float *a, const float *panels, size_t step,
                          TARGET target) NNK_NONBLOCKING {
  size_t j = 0;
#define STRIPS(count)                                                                                             \
  for (; NAME(are_whole)(n - j, count); j += (count) * 2 * LANES) {                                               \
    TARGET at = NAME(at)(target, 0, j);                                                                           \
    for (int b = 0; b < blocks; b++, at = NAME(again)(at))                                                        \
      NAME(one_row_strips)(count, k, a + b * NNK_BLOCK, panels + b * step + j * k, 2 * LANES * k, at);            \
  }
  STRIPS(4)
  STRIPS(2)
#undef STRIPS
  for (STRIP strip; j < n; j += strip.width) {
    strip = NAME(strip)(n - j);
    const size_t width = n - j < strip.width ? n - j : strip.width;
    const float *from = panels + j * k;
    const TARGET at = NAME(at)(target, 0, j);
    switch (NAME(form)(strip)) {
#define FORM(vectors, share) \
  case FORM_OF(vectors, share): NAME(one_row_blocks)(blocks, vectors, share, k, a, from, step, width, at); break;
      FORM(2, 2)
      FORM(2, 1)
      FORM(1, 2)
      FORM(1, 1)
      FORM(0, 2)
#if LANES == 16
      FORM(1, 4)
#endif
#undef FORM
      default: break;
    }
  }
}

static void NAME(forward_one)(const nnk_layer *layer, const uint8_t *bytes, const float *floats, float *c,
                              float *scratch) NNK_NONBLOCKING {
  const size_t n = layer->outputs, k = layer->inputs, all = NAME(forward_width)(n);
  TARGET target = {layer->bias, n, c, n};
  for (size_t x = 0, taken; x < k; x += taken) {
    // Several blocks at once, as a narrow layer has too few outputs for chains side by side.
    const size_t blocks = k - x >= 4 * NNK_BLOCK ? 4 : 1;
    const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
    taken = blocks * columns;
    const float *a = floats ? floats + x : scratch;
    if (bytes)
      for (size_t y = 0; y < taken; y++) scratch[y] = (float)bytes[x + y];
    const float *panels = layer->panels + x * all;
    if (blocks == 4)
      NAME(one_row)(4, n, NNK_BLOCK, a, panels, NNK_BLOCK * all, target);
    else
      NAME(one_row)(1, n, columns, a, panels, 0, target);
    target = NAME(again)(target);
  }
}

// --- The layer -------------------------------------------------------------------------------------------------------

static void NAME(forward)(const nnk_layer *layer, size_t m, const uint8_t *bytes, const float *floats, float *c,
                          float *scratch) NNK_NONBLOCKING {
  if (m == 1) {
    NAME(forward_one)(layer, bytes, floats, c, scratch);
    return;
  }
  const size_t n = layer->outputs, k = layer->inputs, all = NAME(forward_width)(n);
  // So many outputs at a time that those of all rows stay in the second-level cache between blocks.
  for (size_t first = 0, end; first < n; first = end) {
    end = m >= 4 && n - first > NNK_FORWARD_OUTPUTS + NNK_FORWARD_STRIP ? first + NNK_FORWARD_OUTPUTS : n;
    TARGET target = {layer->bias, 0, c, n};
    for (size_t x = 0; x < k; x += NNK_BLOCK) {
      const size_t columns = k - x < NNK_BLOCK ? k - x : NNK_BLOCK;
      // A tile's rows at a time where one strip is all there is, so that they are still in the first-level cache.
      for (size_t i = 0, count; i < m; i += count) {
        count = all <= 2 * LANES + LANES / 2 && m - i > 16 ? 12 : m - i;
        for (size_t r = i; r < i + count; r += GROUP)
          if (bytes)
            NAME(group_u8)(i + count, r, k, columns, bytes + x, scratch + (r - i) * columns);
          else
            NAME(group_f32)(i + count, r, k, columns, floats + x, scratch + (r - i) * columns);
        NAME(block)(count, n, first, end, columns, scratch, layer->panels + x * all, NAME(at)(target, i, 0));
      }
      target = NAME(again)(target);
    }
  }
}

#undef VECTOR
#undef HALF
#undef QUARTER
#undef PAIR
#undef GROUP
#undef FORM_OF
#undef TARGET
#undef STRIP
#undef INLINE
#undef FMA
#undef UNROLL
#undef ONCE
#undef TWICE
#undef BOTH
#undef EVEN
#undef ODD
