// The part of forward.inc.h for one row, as it comes where a service scores single images: no tile is there to fill the registers, so
// that several strips, or several blocks of k, stand side by side.

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

// `blocks` blocks of k elements each for one row and the outputs from `first` on.
INLINE void NAME(one_row)(const int blocks, size_t first, size_t n, size_t k, const float *a, const float *panels, size_t step,
                          TARGET target, bool backwards) NNK_NONBLOCKING {
  size_t wide = first, j;
  while (NAME(are_whole)(n - wide, 4)) wide += 8 * LANES;
#define STRIPS(count)                                                                                  \
  {                                                                                                    \
    TARGET at = NAME(at)(target, 0, j);                                                                \
    for (int b = 0; b < blocks; b++, at = NAME(again)(at))                                             \
      NAME(one_row_strips)(count, k, a + b * NNK_BLOCK, panels + b * step + j * k, 2 * LANES * k, at); \
  }
  for (size_t done = first; done < wide; done += 8 * LANES) {
    j = backwards ? first + wide - 8 * LANES - done : done;
    STRIPS(4)
  }
  for (j = wide; NAME(are_whole)(n - j, 2); j += 4 * LANES) STRIPS(2)
#undef STRIPS
  for (STRIP strip; j < n; j += strip.width) {
    strip = NAME(strip)(n - j);
    const size_t width = n - j < strip.width ? n - j : strip.width;
    const float *from = panels + j * k;
    const TARGET at = NAME(at)(target, 0, j);
    switch (NAME(form)(strip)) {
#define FORM(vectors, share) \
  case FORM_OF(vectors, share): NAME(one_row_blocks)(blocks, vectors, share, k, a, from, step, width, at); break;
      EACH_FORM
#undef FORM
      default: break;
    }
  }
}

static void NAME(forward_one)(const nnk_layer *layer, const uint8_t *bytes, const float *floats, float *c, float *scratch,
                              bool backwards) NNK_NONBLOCKING {
  // A single block is not followed by another.
  const size_t n = layer->outputs, k = layer->inputs, all = k > NNK_BLOCK ? NAME(forward_width)(n) : 0;
  const size_t grouped = layer->compact ? NAME(compact_outputs)(n) : 0;
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
    if (grouped > 0)
      NAME(one_row_compact)(blocks, grouped, columns, a, layer->compact + x * grouped / 4 * 3, layer->compact_unit, target, backwards);
    if (blocks == 4)
      NAME(one_row)(4, grouped, n, NNK_BLOCK, a, panels, NNK_BLOCK * all, target, backwards);
    else
      NAME(one_row)(1, grouped, n, columns, a, panels, 0, target, backwards);
    target = NAME(again)(target);
  }
}
