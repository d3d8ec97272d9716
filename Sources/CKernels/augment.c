// Random changes of pictures for training, in whole numbers and doubles only: the same bits on every machine.
#include "nntraining.h"

#pragma STDC FP_CONTRACT OFF

static size_t held(long at, size_t size) { return at < 0 ? 0 : (size_t)at >= size ? size - 1 : (size_t)at; }

static uint8_t brighter(int value, int by) {
  value += by;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static long down(double x) {
  const long whole = (long)x;
  return x < (double)whole ? whole - 1 : whole;
}

void nnk_augment(size_t height, size_t width, size_t channels, nnk_change change, const uint8_t *from,
                 uint8_t *to) NNK_NONBLOCKING {
  const bool turned = change.sine != 0;
  const double middle_x = (double)(width - 1) / 2, middle_y = (double)(height - 1) / 2;
  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x++, to += channels) {
      const double across = (double)x - change.right - middle_x, along = (double)y - change.down - middle_y;
      // Where the point was before it was moved, turned and mirrored, in that order back.
      double left = turned ? change.cosine * across + change.sine * along : across;
      const double top = (turned ? change.cosine * along - change.sine * across : along) + middle_y;
      if (change.mirrored) left = -left;
      left = left + middle_x;
      const long column = down(left), row = down(top);
      const size_t x0 = held(column, width), x1 = held(column + 1, width);
      const size_t y0 = held(row, height), y1 = held(row + 1, height);
      // Of 256 parts between two pixels.
      const int wx = (int)((left - (double)column) * 256 + 0.5), wy = (int)((top - (double)row) * 256 + 0.5);
      for (size_t c = 0; c < channels; c++) {
        const int a = from[(y0 * width + x0) * channels + c], b = from[(y0 * width + x1) * channels + c];
        const int d = from[(y1 * width + x0) * channels + c], e = from[(y1 * width + x1) * channels + c];
        const int value = ((a * (256 - wx) + b * wx) * (256 - wy) + (d * (256 - wx) + e * wx) * wy + 32768) >> 16;
        to[c] = brighter(value, change.brightness);
      }
    }
}
