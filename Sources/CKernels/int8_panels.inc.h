// The same sums for instructions that add four products to each lane: lanes run across outputs, so that no lanes are to be added up,
// and a row's four bytes go into all of them. Included by int8.inc.h where the file defines besides
//   PANEL              the lanes of SUMS
//   LOAD_WEIGHTS(p)    a vector of weights
//   EVERYWHERE(p)      four bytes of a row in each lane
//   PRODUCTS(s, a, w)  s with the four products of each lane added
//   ADD(s, t)          both added
//   STORE(to, s, adds) s, or the sums at to and s, to memory
//   TALL, TALL_PANELS; SHORT, SHORT_PANELS  a tile's rows and panels for many rows and for fewer, as the registers hold sums
//
// Where an output has so many inputs that adding lanes up does not count, rows as they are need fewer loads.
//
// Packed weights: whole panels of outputs, [panel][nnk_int8_row(inputs) / 4][PANEL][4], then the other outputs as rows.

NNK_INT8_IS_PANELED(NAME(nnk_int8_is_paneled)) { return n >= PANEL && k < 4096; }

// Packs with so many panels, the last one padded with zeros.
static void NAME(int8_pack_panels)(size_t panels, size_t n, size_t k, const int8_t *rows, int8_t *packed) NNK_NONBLOCKING {
  const size_t row = nnk_int8_row(k), paneled = panels * PANEL;
  for (size_t j = 0; j < n || j < paneled; j++) {
    const size_t step = j < paneled ? PANEL : 1, lane = j < paneled ? j % PANEL : 0;
    int8_t *to = packed + (j - lane) * row + 4 * lane;
    for (size_t x = 0; x < row; x++) to[x / 4 * 4 * step + x % 4] = j < n && x < k ? rows[j * k + x] : 0;
  }
}

NNK_INT8_PACK(NAME(nnk_int8_pack)) {
  NAME(int8_pack_panels)(NAME(nnk_int8_is_paneled)(n, k) ? n / PANEL : 0, n, k, rows, packed);
}

// A tile: R rows by V panels, each sum in U parts, as a small tile has too few sums to hide how long each takes.
INLINE void NAME(int8_panels_tile)(const int R, const int V, const int U, size_t columns, nnk_int8_rows a,
                                   const int8_t *w, size_t panel, int32_t *c, size_t c_row,
                                   bool adds) NNK_NONBLOCKING {
  SUMS sums[24];
  UNROLL for (int t = 0; t < R * V * U; t++) sums[t] = ZERO();
#define GROUP(g, u)                                                                                              \
  {                                                                                                              \
    SUMS weights[8];                                                                                             \
    UNROLL for (int v = 0; v < V; v++) weights[v] = LOAD_WEIGHTS(w + (size_t)v * panel + (g) * 4 * PANEL);       \
    UNROLL for (int r = 0; r < R; r++) {                                                                         \
      const SUMS bytes = EVERYWHERE(a.from + (size_t)r * a.row + 4 * (g));                                            \
      UNROLL for (int v = 0; v < V; v++)                                                                         \
          sums[((u) * R + r) * V + v] = PRODUCTS(sums[((u) * R + r) * V + v], bytes, weights[v]);                \
    }                                                                                                            \
  }
  for (size_t x = 0; x < columns; x += NNK_INT8_STEP) {
    const size_t groups = columns - x < NNK_INT8_STEP ? (columns - x + 3) / 4 : NNK_INT8_STEP / 4;
    size_t g = 0;
    ONCE for (; groups - g >= (size_t)U; g += (size_t)U) UNROLL for (int u = 0; u < U; u++) GROUP(g + u, u)
    ONCE for (; g < groups; g++) GROUP(g, 0)
    a.from += a.step;
    w += NNK_INT8_STEP * PANEL;
  }
#undef GROUP
  UNROLL for (int u = 1; u < U; u++) UNROLL for (int t = 0; t < R * V; t++) sums[t] = ADD(sums[t], sums[u * R * V + t]);
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++)
      STORE(c + (size_t)r * c_row + v * PANEL, sums[r * V + v], adds);
}

// The sums of weights with so many panels.
static void NAME(int8_sums_of_panels)(size_t panels, const nnk_int8_layer *layer, size_t x, size_t columns, size_t m,
                                      nnk_int8_rows a, int32_t *sums, bool adds) NNK_NONBLOCKING {
  const size_t n = layer->outputs, panel = nnk_int8_row(layer->inputs) * PANEL;
  const int8_t *w = layer->weights + x * PANEL;
#define TILES(R, V, U)                                                                                          \
  for (; panels - p >= V; p += V)                                                                               \
    NAME(int8_panels_tile)(R, V, U, columns, (nnk_int8_rows){a.from + i * NNK_INT8_STEP, a.step, NNK_INT8_STEP},              \
                           w + p * panel, panel, sums + i * n + p * PANEL, n, adds);
  size_t i = panels ? 0 : m;
  for (size_t p = 0; m - i >= TALL; i += TALL, p = 0) {
    TILES(TALL, TALL_PANELS, 1)
    if (TALL_PANELS > 1) TILES(TALL, 1, 1)
  }
  for (size_t p = 0; m - i >= SHORT; i += SHORT, p = 0) {
    TILES(SHORT, SHORT_PANELS, 1)
    TILES(SHORT, 1, 2)
  }
  for (size_t p = 0; i < m; i++, p = 0) {
    TILES(1, 8, 1)
    TILES(1, 2, 4)
    TILES(1, 1, 8)
  }
#undef TILES
  if (panels * PANEL < n) NAME(int8_sums_from)(panels * PANEL, layer, x, columns, m, a, sums, adds);
}

NNK_INT8_SUMS(NAME(nnk_int8_sums)) {
  const size_t panels = NAME(nnk_int8_is_paneled)(layer->outputs, layer->inputs) ? layer->outputs / PANEL : 0;
  NAME(int8_sums_of_panels)(panels, layer, x, columns, m, a, sums, adds);
}

#undef PANEL
#undef LOAD_WEIGHTS
#undef EVERYWHERE
#undef PRODUCTS
#undef ADD
#undef STORE
#undef TALL
#undef TALL_PANELS
#undef SHORT
#undef SHORT_PANELS
