// A row of a gradient of some columns alone: a part of training.inc.h.

// Columns that lie side by side at the beginning of a row of k go where they belong in `to`, the others being 0. Whole vectors at a time:
// what is written too much is written again, and behind k there is memory for it. A call of memset would cost more than a gap's zeros.
__attribute__((no_builtin("memset"))) static void TRAIN(spread_row)(size_t k, const nnk_columns *columns, const REAL *row,
                                                                    REAL *to) NNK_NONBLOCKING {
  size_t place = 0, end = 0;
  for (size_t r = 0; r < columns->run_count; r++) {
    const size_t start = columns->runs[2 * r], count = columns->runs[2 * r + 1];
    for (size_t x = end; x < start; x += LANES) TRAIN(store)(to + x, (VECTOR){0});
    // Behind this row there is another one, which may be another thread's.
    if (place + (count + LANES - 1) / LANES * LANES <= k)
      for (size_t x = 0; x < count; x += LANES) TRAIN(store)(to + start + x, TRAIN(load)(row + place + x));
    else
      for (size_t x = 0; x < count; x++) to[start + x] = row[place + x];
    place += count;
    end = start + count;
  }
  for (size_t x = end; x < k; x += LANES) TRAIN(store)(to + x, (VECTOR){0});
}
