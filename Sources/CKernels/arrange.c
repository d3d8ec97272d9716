// Rows of bytes once more, in the orders in which a first layer of few outputs reads them.
#include "nntraining.h"

#define ROWS 16
#define LINE 64

void nnk_arrange(size_t m, size_t k, const uint8_t *rows, uint8_t *columns, uint8_t *lines) NNK_NONBLOCKING {
  for (size_t i = 0; i < m; i += ROWS) {
    uint8_t *group = columns + i * k;
    // A line of each row at a time, as rows a multiple of a page apart push each other out of the cache.
    for (size_t x = 0; x < k; x += LINE)
      for (size_t r = 0; r < ROWS; r++)
        for (size_t y = x; y < x + LINE && y < k; y++) group[y * ROWS + r] = i + r < m ? rows[(i + r) * k + y] : 0;
  }
  for (size_t x = 0; x + LINE <= k; x += LINE)
    for (size_t i = 0; i < m; i++, lines += LINE) __builtin_memcpy(lines, rows + i * k + x, LINE);
}
