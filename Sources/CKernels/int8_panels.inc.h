// The same sums for instructions that add four products to each lane: lanes run across outputs, so that no lanes are to be added up,
// and a row's four bytes go into all of them. Included by int8.inc.h where the file defines besides
//   PANEL              the lanes of SUMS
//   LOAD_WEIGHTS(p)    a vector of weights
//   EVERYWHERE(p)      four bytes of a row in each lane
//   PRODUCTS(s, a, w)  s with the four products of each lane added
//   ADD(s, t)          both added
//   STORE(to, s, adds, count)  s, or the sums at to and s, to memory: of the first `count` lanes, or all if those are more
//   TALL, TALL_PANELS; SHORT, SHORT_PANELS  a tile's rows and panels for many rows and for fewer, as the registers hold sums
//   FEW_OUTPUTS, LEAST_INPUTS  fewer outputs, of so many inputs or more, are taken by the kernels of rows: to add up lanes is less work
//                      then than to put rows side by side, and to multiply by what a last panel has too much

NNK_INT8_PANEL(NAME(nnk_int8_panel)) {
  return n < NNK_INT8_PADDED || (n < FEW_OUTPUTS && k >= LEAST_INPUTS) ? 1 : PANEL;
}

// A tile: R rows by V panels of which `count` outputs are there, each sum in U parts, as a small tile has too few sums to hide how long
// each takes.
INLINE void NAME(int8_panels_tile)(const int R, const int V, const int U, size_t columns, nnk_int8_rows a,
                                   const int8_t *w, size_t panel, int32_t *c, size_t c_row, size_t count,
                                   bool adds) NNK_NONBLOCKING {
  SUMS sums[24];
  UNROLL for (int t = 0; t < R * V * U; t++) sums[t] = ZERO();
#define GROUP(g, u)                                                                                              \
  {                                                                                                              \
    SUMS weights[4];                                                                                             \
    UNROLL for (int v = 0; v < V; v++) weights[v] = LOAD_WEIGHTS(w + (size_t)v * panel + (g) * 4 * PANEL);       \
    UNROLL for (int r = 0; r < R; r++) {                                                                         \
      const SUMS bytes = EVERYWHERE(a.from + (size_t)r * NNK_INT8_STEP + 4 * (g));                               \
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
      STORE(c + (size_t)r * c_row + v * PANEL, sums[r * V + v], adds, v + 1 < V ? PANEL : count - v * PANEL);
}

// R rows that begin at a by all panels: V at a time, in U parts, and what is left one by one, in `parts` parts. Functions of their own, as
// each is called once only then.
#define TILES_FUNCTION(name, R, V, U, parts)                                                                             \
  __attribute__((noinline)) static void NAME(name)(const nnk_int8_layer *layer, size_t x, size_t columns, nnk_int8_rows a, \
                                                   int32_t *sums, bool adds) NNK_NONBLOCKING {                           \
    const size_t n = layer->outputs, panel = nnk_int8_row(layer->inputs) * PANEL;                                        \
    const int8_t *w = layer->weights + x * PANEL;                                                                        \
    size_t j = 0;                                                                                                        \
    for (; n - j > (V - 1) * PANEL && j < n; j += (V) * PANEL, w += (V) * panel)                                         \
      NAME(int8_panels_tile)(R, V, U, columns, a, w, panel, sums + j, n, n - j, adds);                                   \
    for (; j < n; j += PANEL, w += panel)                                                                                \
      NAME(int8_panels_tile)(R, 1, parts, columns, a, w, panel, sums + j, n, n - j, adds);                               \
  }
TILES_FUNCTION(int8_tall_panels, TALL, TALL_PANELS, 1, 1)
TILES_FUNCTION(int8_short_panels, SHORT, SHORT_PANELS, 1, 2)
TILES_FUNCTION(int8_single_panels, 1, 4, 2, 8)
#undef TILES_FUNCTION

static void NAME(int8_sums_of_panels)(const nnk_int8_layer *layer, size_t x, size_t columns, size_t m, nnk_int8_rows a,
                                      int32_t *sums, bool adds) NNK_NONBLOCKING {
  size_t i = 0;
#define ROWS(count, name) \
  for (; m - i >= (count); i += (count)) \
    NAME(name)(layer, x, columns, (nnk_int8_rows){a.from + i * NNK_INT8_STEP, a.step, NNK_INT8_STEP}, \
               sums + i * layer->outputs, adds);
  ROWS(TALL, int8_tall_panels)
  ROWS(SHORT, int8_short_panels)
  ROWS(1, int8_single_panels)
#undef ROWS
}

NNK_INT8_SUMS(NAME(nnk_int8_sums)) {
  if (layer->panel == 1)
    NAME(int8_sums_of_rows)(layer, x, columns, m, a, sums, adds);
  else
    NAME(int8_sums_of_panels)(layer, x, columns, m, a, sums, adds);
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
#undef FEW_OUTPUTS
#undef LEAST_INPUTS
