// Resampling, several rows at once: a vector holds the same column of eight rows of one channel, or of two rows of three.
#include "cpixels.h"

#include <string.h>

#define LANES 8
#define FRACTION_BITS 22
#define HALF (1 << (FRACTION_BITS - 1))

typedef int32_t lanes __attribute__((vector_size(4 * LANES)));
// The same where memory need not be aligned to it, and overlaps with numbers.
typedef int32_t unaligned_lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t unaligned_half __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
typedef uint8_t bytes __attribute__((vector_size(LANES)));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// Rows that are resampled along at once.
ALWAYS_INLINE size_t group_of(size_t channels) { return channels == 1 ? LANES : 2; }

// What stands between the rows of a group after the first pass: the stores of a vector's half reach one number further.
ALWAYS_INLINE size_t middle_stride(size_t row_values) { return row_values + LANES; }

size_t cpx_resample_scratch(size_t height, size_t width, size_t channels, const cpx_taps *across, const cpx_taps *down)
    CPX_NONBLOCKING {
  size_t row_values = (across ? across->count : width) * channels;
  size_t new_height = down ? down->count : height;
  return (across ? width * LANES : 0) + group_of(channels) * middle_stride(row_values) + (down ? new_height * row_values : 0);
}

// A pixel of each of two rows.
ALWAYS_INLINE void widen_pair(const uint8_t *first, const uint8_t *second, size_t count, int32_t *wide) {
  bytes pair = {0};
  memcpy(&pair, first, count);
  memcpy((uint8_t *)&pair + LANES / 2, second, count);
  *(unaligned_lanes *)wide = __builtin_convertvector(pair, lanes);
}

// A group's bytes as numbers, a vector for each column. Rows that are not there count as the group's first.
ALWAYS_INLINE void widen(const uint8_t *rows, size_t present, size_t width, size_t channels, int32_t *wide) {
  if (channels == 1) {
    for (size_t lane = 0; lane < LANES; lane++) {
      const uint8_t *row = rows + (lane < present ? lane : 0) * width;
      for (size_t column = 0; column < width; column++) wide[column * LANES + lane] = row[column];
    }
    return;
  }
  const uint8_t *second = rows + (present > 1 ? width * 3 : 0);
  // Four bytes at once: the fourth is the next pixel's first, and what becomes of it is never looked at.
  for (size_t column = 0; column + 1 < width; column++) widen_pair(rows + column * 3, second + column * 3, 4, wide + column * LANES);
  size_t last = width - 1;
  widen_pair(rows + last * 3, second + last * 3, 3, wide + last * LANES);
}

// The sums of a group's columns as numbers from 0 to 255, a row after the other.
ALWAYS_INLINE void resample_rows(const int32_t *wide, const cpx_taps *taps, size_t channels, int32_t *middle) {
  size_t stride = middle_stride(taps->count * channels);
  for (size_t output = 0; output < taps->count; output++) {
    const int32_t *weights = taps->weights + output * taps->stride;
    const int32_t *inputs = wide + taps->first[output] * LANES;
    lanes sum = {HALF, HALF, HALF, HALF, HALF, HALF, HALF, HALF};
    for (ptrdiff_t tap = 0; tap < taps->length[output]; tap++)
      sum += *(const unaligned_lanes *)(inputs + tap * LANES) * weights[tap];
    sum >>= FRACTION_BITS;
    sum &= ~(sum >> 31);
    lanes above = sum > 255;
    sum = (sum & ~above) | (255 & above);
    if (channels == 1) {
      for (size_t lane = 0; lane < LANES; lane++) middle[lane * stride + output] = sum[lane];
    } else {
      // The fourth number of each half is where the next output's first will be.
      *(unaligned_half *)(middle + output * 3) = __builtin_shufflevector(sum, sum, 0, 1, 2, 3);
      *(unaligned_half *)(middle + stride + output * 3) = __builtin_shufflevector(sum, sum, 4, 5, 6, 7);
    }
  }
}

ALWAYS_INLINE uint8_t rounded(int32_t sum) {
  int32_t value = sum >> FRACTION_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

ALWAYS_INLINE void resample(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                            const cpx_taps *down, uint8_t *result, int32_t *scratch) {
  size_t row_values = (across ? across->count : width) * channels;
  size_t group = group_of(channels), stride = middle_stride(row_values);
  int32_t *wide = scratch, *middle = wide + (across ? width * LANES : 0), *sums = middle + group * stride;
  size_t first_open = 0;
  for (size_t top = 0; top < height; top += group) {
    size_t present = height - top < group ? height - top : group;
    const uint8_t *rows = pixels + top * width * channels;
    if (across) {
      widen(rows, present, width, channels, wide);
      resample_rows(wide, across, channels, middle);
    } else {
      for (size_t row = 0; row < present; row++)
        for (size_t index = 0; index < row_values; index++) middle[row * stride + index] = rows[row * row_values + index];
    }
    for (size_t row = 0; row < present; row++) {
      const int32_t *values = middle + row * stride;
      ptrdiff_t place = (ptrdiff_t)(top + row);
      if (!down) {
        uint8_t *target = result + (top + row) * row_values;
        for (size_t index = 0; index < row_values; index++) target[index] = (uint8_t)values[index];
        continue;
      }
      while (first_open < down->count && down->first[first_open] + down->length[first_open] <= place) first_open++;
      // Each row is added to the outputs that it belongs to, so that a very tall picture needs no memory between the passes.
      for (size_t open = first_open; open < down->count && down->first[open] <= place; open++) {
        ptrdiff_t tap = place - down->first[open], last = down->length[open] - 1;
        if (tap > last) continue;
        int32_t weight = down->weights[open * down->stride + (size_t)tap];
        int32_t *sum = sums + open * row_values;
        if (tap == 0) {
          for (size_t index = 0; index < row_values; index++) sum[index] = HALF + values[index] * weight;
        } else {
          for (size_t index = 0; index < row_values; index++) sum[index] += values[index] * weight;
        }
        if (tap == last) {
          uint8_t *target = result + open * row_values;
          for (size_t index = 0; index < row_values; index++) target[index] = rounded(sum[index]);
        }
      }
    }
  }
}

// With a number of channels that the compiler knows.
ALWAYS_INLINE void resample_known(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                                  const cpx_taps *down, uint8_t *result, int32_t *scratch) {
  if (channels == 1)
    resample(pixels, height, width, 1, across, down, result, scratch);
  else
    resample(pixels, height, width, 3, across, down, result, scratch);
}

void cpx_resample_portable(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                           const cpx_taps *down, uint8_t *result, int32_t *scratch) CPX_NONBLOCKING {
  resample_known(pixels, height, width, channels, across, down, result, scratch);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void resample_avx2(const uint8_t *pixels, size_t height, size_t width, size_t channels,
                                                          const cpx_taps *across, const cpx_taps *down, uint8_t *result,
                                                          int32_t *scratch) CPX_NONBLOCKING {
  resample_known(pixels, height, width, channels, across, down, result, scratch);
}
#endif

void cpx_resample(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                  const cpx_taps *down, uint8_t *result, int32_t *scratch) CPX_NONBLOCKING {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return resample_avx2(pixels, height, width, channels, across, down, result, scratch);
#endif
  cpx_resample_portable(pixels, height, width, channels, across, down, result, scratch);
}
