// Which columns of rows of bytes have anything but zeros, and rows of these alone.
#include "nntraining.h"

// Bytes of a row that are looked at together, and rows from one look at what was found to the next.
#define WIDTH 64
#define ROWS 8
// A gap of fewer columns is not worth a run of its own.
#define GAP 4

typedef uint8_t bytes_of_columns __attribute__((vector_size(WIDTH)));

// The bytes of WIDTH columns over all rows, or'ed: where all are above 0 the rest of the rows can say nothing new.
static void or_columns(size_t m, size_t k, const uint8_t *rows, uint8_t ored[WIDTH]) NNK_NONBLOCKING {
  bytes_of_columns any = {0};
  for (size_t i = 0; i < m; i += ROWS) {
    for (size_t r = i; r < i + ROWS && r < m; r++) {
      bytes_of_columns row;
      __builtin_memcpy(&row, rows + r * k, WIDTH);
      any |= row;
    }
    if (__builtin_reduce_min(any) > 0) break;
  }
  __builtin_memcpy(ored, &any, WIDTH);
}

nnk_columns nnk_find_columns(size_t m, size_t k, const uint8_t *rows, uint32_t *places, uint32_t *runs) NNK_NONBLOCKING {
  size_t count = 0, run_count = 0;
  for (size_t x = 0; x < k; x += WIDTH) {
    const size_t width = k - x < WIDTH ? k - x : WIDTH;
    uint8_t any[WIDTH] = {0};
    if (width == WIDTH) {
      or_columns(m, k, rows + x, any);
    } else {
      for (size_t i = 0; i < m; i++)
        for (size_t y = 0; y < width; y++) any[y] |= rows[i * k + x + y];
    }
    // The first column always: products over none at all would be a case of its own, and a bias of -0 would stay -0 if the sum of the
    // first block were not added to it.
    if (x == 0) any[0] = 1;
    for (size_t y = 0; y < width; y++) {
      if (any[y] == 0) continue;
      const size_t column = x + y, end = count == 0 ? 0 : places[count - 1] + 1;
      if (count == 0 || column - end >= GAP) {
        runs[2 * run_count++] = (uint32_t)column;
      } else {
        for (size_t z = end; z < column; z++) places[count++] = (uint32_t)z;
      }
      places[count++] = (uint32_t)column;
      runs[2 * run_count - 1] = (uint32_t)column + 1 - runs[2 * run_count - 2];
    }
  }
  return (nnk_columns){.count = count, .run_count = run_count, .places = places, .runs = runs};
}

void nnk_take_columns(size_t m, size_t k, const uint8_t *rows, const nnk_columns *columns, uint8_t *taken) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i++, rows += k)
    for (size_t r = 0; r < columns->run_count; r++) {
      const uint8_t *from = rows + columns->runs[2 * r];
      size_t count = columns->runs[2 * r + 1];
      for (; count >= 16; count -= 16, from += 16, taken += 16) __builtin_memcpy(taken, from, 16);
#define SOME(width)                              \
  if (count & (width)) {                         \
    __builtin_memcpy(taken, from, width);        \
    from += (width), taken += (width);           \
  }
      SOME(8);
      SOME(4);
      SOME(2);
      SOME(1);
#undef SOME
    }
}
