// Random changes of pictures for training, in whole numbers and doubles only: the same bits on every machine.
#include "nntraining.h"

#pragma STDC FP_CONTRACT OFF

// Pixels of a row whose origins are found at a time, so that it can be done by vectors.
#define RUN 64

// Where in a picture pixels come from.
typedef struct origins {
  // Offsets of the four pixels around, those of the left column and of the right one, above and below.
  uint32_t a[RUN], b[RUN], d[RUN], e[RUN];
  // Of 256 parts, how far from the left column and from the upper row.
  uint16_t across[RUN], along[RUN];
} origins;

static inline int32_t held(int32_t at, int32_t last) { return at < 0 ? 0 : at > last ? last : at; }

static inline int32_t down(double x) {
  const int32_t whole = (int32_t)x;
  return whole - (x < (double)whole);
}

// `count` pixels of row y from x on. Where a point was before it was moved, turned and mirrored, in that order back.
static void find(size_t height, size_t width, size_t channels, const nnk_change *change, size_t y, size_t x, size_t count,
                 origins *found) NNK_NONBLOCKING {
  const double middle_x = (double)(width - 1) / 2, middle_y = (double)(height - 1) / 2;
  const double along = (double)y - change->down - middle_y, sine = change->sine, cosine = change->cosine;
  const int32_t last_x = (int32_t)width - 1, last_y = (int32_t)height - 1;
  const uint32_t pixel = (uint32_t)channels, row = (uint32_t)(width * channels);
  const bool turned = sine != 0, mirrored = change->mirrored;
  for (size_t i = 0; i < count; i++) {
    const double across = (double)(int32_t)(x + i) - change->right - middle_x;
    double left = turned ? cosine * across + sine * along : across;
    const double top = (turned ? cosine * along - sine * across : along) + middle_y;
    left = (mirrored ? -left : left) + middle_x;
    const int32_t column = down(left), line = down(top);
    const uint32_t x0 = (uint32_t)held(column, last_x) * pixel, x1 = (uint32_t)held(column + 1, last_x) * pixel;
    const uint32_t y0 = (uint32_t)held(line, last_y) * row, y1 = (uint32_t)held(line + 1, last_y) * row;
    found->a[i] = y0 + x0;
    found->b[i] = y0 + x1;
    found->d[i] = y1 + x0;
    found->e[i] = y1 + x1;
    found->across[i] = (uint16_t)(int32_t)((left - (double)column) * 256 + 0.5);
    found->along[i] = (uint16_t)(int32_t)((top - (double)line) * 256 + 0.5);
  }
}

void nnk_augment(size_t height, size_t width, size_t channels, nnk_change change, const uint8_t *from,
                 uint8_t *to) NNK_NONBLOCKING {
  origins found;
  uint16_t a[RUN], b[RUN], d[RUN], e[RUN];
  uint8_t changed[RUN];
  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x += RUN) {
      const size_t count = width - x < RUN ? width - x : RUN;
      find(height, width, channels, &change, y, x, count, &found);
      uint8_t *out = to + (y * width + x) * channels;
      for (size_t c = 0; c < channels; c++) {
        for (size_t i = 0; i < count; i++) {
          a[i] = from[found.a[i] + c];
          b[i] = from[found.b[i] + c];
          d[i] = from[found.d[i] + c];
          e[i] = from[found.e[i] + c];
        }
        for (size_t i = 0; i < count; i++) {
          const uint16_t wx = found.across[i], wy = found.along[i];
          // At most 255·256 each, so that 16 bits hold them.
          const uint16_t upper = (uint16_t)(a[i] * (256 - wx) + b[i] * wx), lower = (uint16_t)(d[i] * (256 - wx) + e[i] * wx);
          const uint32_t mixed = ((uint32_t)upper * (256 - wy) + (uint32_t)lower * wy + 32768) >> 16;
          const int32_t value = (int32_t)mixed + change.brightness;
          changed[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
        for (size_t i = 0; i < count; i++) out[i * channels + c] = changed[i];
      }
    }
}
