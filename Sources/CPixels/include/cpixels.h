// The inner loops of pictures: resampling in fixed point, and the row filters of PNG. In integers alone, so that they give the same bytes
// on every machine, whatever it computes at once.
#ifndef CPIXELS_H
#define CPIXELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__) && __has_attribute(nonblocking)
#define CPX_NONBLOCKING __attribute__((nonblocking))
#else
#define CPX_NONBLOCKING
#endif

// The weights along one axis. Output i is the sum of inputs first[i] to first[i] + length[i] - 1, each times its weight in
// weights[i * stride] and following, which has 22 fractional bits; rounded to the nearest whole number, halves up, and clamped to a byte.
// first must not decrease, and first[i] + length[i] must not exceed the number of inputs nor decrease.
typedef struct {
  size_t count;
  size_t stride;
  const ptrdiff_t *first;
  const ptrdiff_t *length;
  const int32_t *weights;
} cpx_taps;

// Resamples height * width pixels of 1 or 3 channels: first along rows, which is rounded to bytes, then along columns, which is again.
// `across` or `down` may be NULL: that axis stays as it is. `result` gets the new height * width * channels bytes. `scratch` is
// cpx_resample_scratch(...) numbers of memory.
void cpx_resample(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                  const cpx_taps *down, uint8_t *result, int32_t *scratch) CPX_NONBLOCKING;

// The same without any instruction set but the baseline's, for tests to compare.
void cpx_resample_portable(const uint8_t *pixels, size_t height, size_t width, size_t channels, const cpx_taps *across,
                           const cpx_taps *down, uint8_t *result, int32_t *scratch) CPX_NONBLOCKING;

// How many numbers of memory resampling needs.
size_t cpx_resample_scratch(size_t height, size_t width, size_t channels, const cpx_taps *across, const cpx_taps *down)
    CPX_NONBLOCKING;

// Undoes the filters of a PNG picture of 8 bits a sample (W3C, PNG, 9): `filtered` is height * (1 + row_bytes) bytes, each row after
// its filter's number; `pixels` gets height * row_bytes. `channels` is 1 to 4. Returns 1, or 0 where there is no such filter.
int cpx_unfilter(const uint8_t *filtered, size_t height, size_t row_bytes, size_t channels, uint8_t *pixels) CPX_NONBLOCKING;

#ifdef __cplusplus
}
#endif

#endif
