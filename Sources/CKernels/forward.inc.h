// Forward propagation of one layer for one vector width. Included with
//   LANES   floats in a vector
//   ROWS    rows of a tile, even
//   NAME(x) the name of a function of this instruction set
//
// Packed weights: block by block of k, and in a block strip by strip of outputs, [x][width]. Strips are 2·LANES outputs
// wide while so many are left; what is left then is one strip of up to two vectors and a half, padded with zeros. So a
// layer of 20 outputs wastes no lane at 8 or 4 lanes, and memory is read from end to end.
//
// Rows come in pairs, [x][2], converted from bytes or copied a block of k at a time into memory that stays in the cache.
// What a strip has behind its whole vectors shares a vector between both rows of a pair: LANES / 2 outputs of each.
// Every lane is one output's own chain, whatever the tile.

#define VECTOR NAME(forward_vector)
#define HALF NAME(forward_half)
#define PAIR NAME(forward_pair)
typedef float VECTOR __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float HALF __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
typedef float PAIR __attribute__((vector_size(8), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
// Loops over the registers of a tile. Left to itself the compiler keeps the larger tiles' loops, and their sums in memory.
#define UNROLL _Pragma("clang loop unroll(full)")
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
// Each of LANES / 2 weights in two lanes, for the two rows of a pair.
INLINE VECTOR NAME(twice)(const float *from) NNK_NONBLOCKING {
  const HALF half = *(const HALF *)from;
  return __builtin_shufflevector(half, half, TWICE);
}
// The two rows' elements, again and again.
INLINE VECTOR NAME(both)(const float *from) NNK_NONBLOCKING {
  const PAIR pair = *(const PAIR *)from;
  return __builtin_shufflevector(pair, pair, BOTH);
}
INLINE HALF NAME(even)(VECTOR x) NNK_NONBLOCKING { return __builtin_shufflevector(x, x, EVEN); }
INLINE HALF NAME(odd)(VECTOR x) NNK_NONBLOCKING { return __builtin_shufflevector(x, x, ODD); }

// --- Packed weights ------------------------------------------------------------------------------------------------

// The strip that begins when so many outputs are left: whole vectors, and whether half a one follows.
typedef struct NAME(forward_strip) {
  int vectors;
  int half;
  size_t width;
} NAME(forward_strip);
#define STRIP NAME(forward_strip)

INLINE STRIP NAME(strip)(size_t left) NNK_NONBLOCKING {
  STRIP strip = {2, 0, 2 * LANES};
  if (left > 2 * LANES + LANES / 2) return strip;
  const size_t halves = (left + LANES / 2 - 1) / (LANES / 2);
  strip.vectors = (int)(halves / 2);
  strip.half = (int)(halves % 2);
  strip.width = halves * (LANES / 2);
  return strip;
}

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

// Two rows side by side, [x][2].
INLINE void NAME(pair_u8)(const uint8_t *first, const uint8_t *second, size_t k, float *to) NNK_NONBLOCKING {
  // The processor does not foresee where the next block's bytes are.
  for (size_t x = 0; x < k; x += 64) {
    __builtin_prefetch(first + NNK_BLOCK + x, 0, 2);
    __builtin_prefetch(second + NNK_BLOCK + x, 0, 2);
  }
  for (size_t x = 0; x < k; x++) {
    to[2 * x] = (float)first[x];
    to[2 * x + 1] = (float)second[x];
  }
}

INLINE void NAME(pair_f32)(const float *first, const float *second, size_t k, float *to) NNK_NONBLOCKING {
  for (size_t x = 0; x < k; x++) {
    to[2 * x] = first[x];
    to[2 * x + 1] = second[x];
  }
}

// --- Sums into memory ------------------------------------------------------------------------------------------------

// to[j] = from[j] + sum[j] for the first `width` lanes.
INLINE void NAME(add)(VECTOR sum, size_t width, const float *from, float *to) NNK_NONBLOCKING {
  if (width >= LANES) {
    *(VECTOR *)to = NAME(load)(from) + sum;
  } else {
    for (size_t lane = 0; lane < width; lane++) to[lane] = from[lane] + sum[lane];
  }
}

INLINE void NAME(add_half)(HALF sum, size_t width, const float *from, float *to) NNK_NONBLOCKING {
  if (width >= LANES / 2) {
    *(HALF *)to = *(const HALF *)from + sum;
  } else {
    for (size_t lane = 0; lane < width; lane++) to[lane] = from[lane] + sum[lane];
  }
}

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

// --- Many rows -------------------------------------------------------------------------------------------------------

// rows, strips, vectors and half are constants at every call, so the loops over them unroll and the sums stay in
// registers. pairs: the first row's pair; strips of that form, `step` elements apart; width: how many outputs there are.
INLINE void NAME(tile)(const int rows, const int strips, const int vectors, const int half, size_t k,
                       const float *pairs, const float *panels, size_t step, size_t width,
                       TARGET target) NNK_NONBLOCKING {
  const size_t stride = vectors * LANES + half * (LANES / 2);
  VECTOR sums[16][4], shared[8];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < strips * vectors; v++) sums[r][v] = (VECTOR){0};
    if (half) shared[r / 2] = (VECTOR){0};
  }
  for (size_t x = 0; x < k; x++) {
    VECTOR weights[4];
    UNROLL for (int v = 0; v < strips * vectors; v++)
      weights[v] = NAME(load)(panels + v / 2 * step + x * stride + v % 2 * LANES);
    UNROLL for (int r = 0; r < rows && vectors > 0; r++) {
      const VECTOR value = NAME(everywhere)(pairs[r / 2 * 2 * k + 2 * x + r % 2]);
      UNROLL for (int v = 0; v < strips * vectors; v++) sums[r][v] = FMA(value, weights[v], sums[r][v]);
    }
    if (half) {
      const VECTOR last = NAME(twice)(panels + x * stride + vectors * LANES);
      UNROLL for (int r = 0; r < rows; r += 2) shared[r / 2] = FMA(NAME(both)(pairs + r * k + 2 * x), last, shared[r / 2]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    const TARGET row = NAME(at)(target, r, 0);
    UNROLL for (int v = 0; v < strips * vectors; v++)
      NAME(add)(sums[r][v], width - v * LANES, row.base + v * LANES, row.c + v * LANES);
    if (half)
      NAME(add_half)(r % 2 ? NAME(odd)(shared[r / 2]) : NAME(even)(shared[r / 2]), width - vectors * LANES,
                     row.base + vectors * LANES, row.c + vectors * LANES);
  }
}

// m rows in tiles of `rows` and what is left of them. The processor does not foresee where a tile's outputs are, nor where the next
// strip begins, so both are fetched ahead.
INLINE void NAME(rows)(const int rows, const int strips, const int vectors, const int half, size_t m, size_t k,
                       const float *pairs, const float *panels, size_t step, size_t width,
                       TARGET target) NNK_NONBLOCKING {
  size_t i = 0;
  const float *next = panels + 2 * LANES * k;
  const size_t lines = vectors == 2 && !half ? 2 * LANES * k / 16 : 0;
#define TILES(count)                                                                                            \
  for (; i + (count) <= m; i += (count)) {                                                                      \
    for (size_t l = i * lines / m; l < (i + (count)) * lines / m; l++) __builtin_prefetch(next + 16 * l, 0, 2); \
    for (size_t r = i; r < i + (count); r++) __builtin_prefetch(target.c + r * target.c_row, 1, 3);             \
    NAME(tile)(count, strips, vectors, half, k, pairs + i * k, panels, step, width, NAME(at)(target, i, 0));    \
  }
  TILES(rows)
  if (rows > 8) TILES(8)
  if (rows > 4) TILES(4)
  TILES(2)
  TILES(1)
#undef TILES
}

// One block of k for m rows in pairs and the outputs from `first` to `end`, whole strips or to the last. As many rows a tile as the
// registers hold sums.
static void NAME(block)(size_t m, size_t n, size_t first, size_t end, size_t k, const float *pairs,
                        const float *panels, TARGET target) NNK_NONBLOCKING {
  size_t j = first;
  if (m < 4)  // two strips at once, or there would be too few chains to hide how long each link takes
    for (; NAME(are_whole)(n - j, 2); j += 4 * LANES)
      NAME(rows)(2, 2, 2, 0, m, k, pairs, panels + j * k, 2 * LANES * k, 4 * LANES, NAME(at)(target, 0, j));
  for (STRIP strip; j < end; j += strip.width) {
    strip = NAME(strip)(n - j);
    const size_t width = n - j < strip.width ? n - j : strip.width;
    const float *from = panels + j * k;
    const TARGET at = NAME(at)(target, 0, j);
    switch (2 * strip.vectors + strip.half) {
      case 5: NAME(rows)(ROWS / 6 * 4, 1, 2, 1, m, k, pairs, from, 0, width, at); break;
      case 4: NAME(rows)(ROWS, 1, 2, 0, m, k, pairs, from, 0, width, at); break;
      case 3: NAME(rows)(8, 1, 1, 1, m, k, pairs, from, 0, width, at); break;
      case 2: NAME(rows)(12, 1, 1, 0, m, k, pairs, from, 0, width, at); break;
      default: NAME(rows)(16, 1, 0, 1, m, k, pairs, from, 0, width, at); break;
    }
  }
}

// --- One row ---------------------------------------------------------------------------------------------------------

// `count` strips of two vectors of one block, `step` elements apart, side by side.
INLINE void NAME(one_row_strips)(const int count, size_t k, const float *a, const float *panels, size_t step,
                                 TARGET target) NNK_NONBLOCKING {
  VECTOR sums[8];
  UNROLL for (int v = 0; v < 2 * count; v++) sums[v] = (VECTOR){0};
  for (size_t x = 0; x < k; x++) {
    const VECTOR value = NAME(everywhere)(a[x]);
    UNROLL for (int v = 0; v < 2 * count; v++)
      sums[v] = FMA(value, NAME(load)(panels + v / 2 * step + (2 * x + v % 2) * LANES), sums[v]);
  }
  UNROLL for (int v = 0; v < 2 * count; v++) NAME(add)(sums[v], LANES, target.base + v * LANES, target.c + v * LANES);
}

// One strip in `blocks` blocks of k side by side, `step` elements apart.
INLINE void NAME(one_row_blocks)(const int blocks, const int vectors, const int half, size_t k, const float *a,
                                 const float *panels, size_t step, size_t width, TARGET target) NNK_NONBLOCKING {
  const size_t stride = vectors * LANES + half * (LANES / 2);
  VECTOR sums[8][2];
  HALF last[8];
  UNROLL for (int b = 0; b < blocks; b++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[b][v] = (VECTOR){0};
    last[b] = (HALF){0};
  }
  for (size_t x = 0; x < k; x++)
    UNROLL for (int b = 0; b < blocks; b++) {
      const float *weights = panels + b * step + x * stride;
      const float value = a[b * NNK_BLOCK + x];
      UNROLL for (int v = 0; v < vectors; v++)
        sums[b][v] = FMA(NAME(everywhere)(value), NAME(load)(weights + v * LANES), sums[b][v]);
      if (half) last[b] = FMA(value - (HALF){0}, *(const HALF *)(weights + vectors * LANES), last[b]);
    }
  UNROLL for (int b = 0; b < blocks; b++) {
    UNROLL for (int v = 0; v < vectors; v++)
      NAME(add)(sums[b][v], width - v * LANES, target.base + v * LANES, target.c + v * LANES);
    if (half)
      NAME(add_half)(last[b], width - vectors * LANES, target.base + vectors * LANES, target.c + vectors * LANES);
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
    switch (2 * strip.vectors + strip.half) {
      case 5: NAME(one_row_blocks)(blocks, 2, 1, k, a, from, step, width, at); break;
      case 4: NAME(one_row_blocks)(blocks, 2, 0, k, a, from, step, width, at); break;
      case 3: NAME(one_row_blocks)(blocks, 1, 1, k, a, from, step, width, at); break;
      case 2: NAME(one_row_blocks)(blocks, 1, 0, k, a, from, step, width, at); break;
      default: NAME(one_row_blocks)(blocks, 0, 1, k, a, from, step, width, at); break;
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
      for (size_t i = 0; i < m; i += 2) {
        // An odd last row is its own partner, whose sums nobody reads.
        const size_t second = i + 1 < m ? i + 1 : i;
        float *to = scratch + i * columns;
        if (bytes)
          NAME(pair_u8)(bytes + i * k + x, bytes + second * k + x, columns, to);
        else
          NAME(pair_f32)(floats + i * k + x, floats + second * k + x, columns, to);
      }
      NAME(block)(m, n, first, end, columns, scratch, layer->panels + x * all, target);
      target = NAME(again)(target);
    }
  }
}

#undef VECTOR
#undef HALF
#undef PAIR
#undef TARGET
#undef STRIP
#undef INLINE
#undef FMA
#undef UNROLL
#undef TWICE
#undef BOTH
#undef EVEN
#undef ODD
