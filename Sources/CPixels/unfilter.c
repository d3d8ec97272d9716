// The row filters of PNG, undone.
#include "cpixels.h"

#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { NONE, SUB, UP, AVERAGE, PAETH };

// The channels of a pixel side by side; lanes that there are not hold what does not matter. Whole vectors, so that nothing branches on
// what a picture holds.
typedef int16_t pixel __attribute__((vector_size(8)));
typedef uint8_t bytes __attribute__((vector_size(4)));

ALWAYS_INLINE pixel load(const uint8_t *source, size_t channels) {
  bytes values = {0};
  memcpy(&values, source, channels);
  return __builtin_convertvector(values, pixel);
}

ALWAYS_INLINE void store(pixel value, size_t channels, uint8_t *target) {
  bytes values = __builtin_convertvector(value, bytes);
  memcpy(target, &values, channels);
}

ALWAYS_INLINE pixel chosen(pixel where, pixel one, pixel other) { return (where & one) | (~where & other); }

// Which of left, above and upper left is nearest to left + above - upper left; of equally near ones the first. In the form of stb_image:
// upper left itself where it lies well between the other two, else the one of them that is farther from it. Each pixel waits for the
// one before it, so what counts is how few steps lead from left to the answer.
ALWAYS_INLINE pixel paeth(pixel left, pixel above, pixel corner) {
  pixel bound = (corner * 3 - above) - left;
  pixel least = __builtin_elementwise_min(left, above), greatest = __builtin_elementwise_max(left, above);
  return chosen(bound <= least, greatest, chosen(greatest <= bound, least, corner));
}

// A row whose predecessor is `above`, with a number of channels that the compiler knows.
ALWAYS_INLINE int unfilter_row(int filter, const uint8_t *filtered, const uint8_t *above, size_t row_bytes, size_t channels,
                               uint8_t *row) {
  pixel left = {0}, corner = {0};
  switch (filter) {
    case NONE: memcpy(row, filtered, row_bytes); return 1;
    case UP:
      for (size_t index = 0; index < row_bytes; index++) row[index] = (uint8_t)(filtered[index] + above[index]);
      return 1;
    case SUB:
      for (size_t index = 0; index < row_bytes; index += channels) {
        left += load(filtered + index, channels);
        store(left, channels, row + index);
      }
      return 1;
    case AVERAGE:
      for (size_t index = 0; index < row_bytes; index += channels) {
        left = (load(filtered + index, channels) + ((left + load(above + index, channels)) >> 1)) & 255;
        store(left, channels, row + index);
      }
      return 1;
    case PAETH:
      for (size_t index = 0; index < row_bytes; index += channels) {
        pixel over = load(above + index, channels);
        left = (load(filtered + index, channels) + paeth(left, over, corner)) & 255;
        corner = over;
        store(left, channels, row + index);
      }
      return 1;
    default: return 0;
  }
}

// Above the first row there are zeros: what it takes from there falls away.
ALWAYS_INLINE int unfilter_first_row(int filter, const uint8_t *filtered, size_t row_bytes, size_t channels, uint8_t *row) {
  if (filter != AVERAGE) return unfilter_row(filter == UP ? NONE : filter == PAETH ? SUB : filter, filtered, NULL, row_bytes, channels, row);
  for (size_t index = 0; index < row_bytes; index++)
    row[index] = (uint8_t)(filtered[index] + (index < channels ? 0 : row[index - channels] / 2));
  return 1;
}

ALWAYS_INLINE int unfilter(const uint8_t *filtered, size_t height, size_t row_bytes, size_t channels, uint8_t *pixels) {
  if (height > 0 && !unfilter_first_row(filtered[0], filtered + 1, row_bytes, channels, pixels)) return 0;
  for (size_t row = 1; row < height; row++) {
    const uint8_t *source = filtered + row * (1 + row_bytes);
    uint8_t *target = pixels + row * row_bytes;
    if (!unfilter_row(source[0], source + 1, target - row_bytes, row_bytes, channels, target)) return 0;
  }
  return 1;
}

int cpx_unfilter(const uint8_t *filtered, size_t height, size_t row_bytes, size_t channels, uint8_t *pixels) CPX_NONBLOCKING {
  switch (channels) {
    case 1: return unfilter(filtered, height, row_bytes, 1, pixels);
    case 2: return unfilter(filtered, height, row_bytes, 2, pixels);
    case 3: return unfilter(filtered, height, row_bytes, 3, pixels);
    default: return unfilter(filtered, height, row_bytes, 4, pixels);
  }
}
