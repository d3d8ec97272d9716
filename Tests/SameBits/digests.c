#include "digests.h"

int putchar(int character);

void feed_f32(nnk_checksum *checksum, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float value = values[i] == values[i] ? values[i] : of_bits(0x7fc00000);
    nnk_checksum_update(checksum, &value, sizeof value);
  }
}

void feed_f64(nnk_checksum *checksum, const double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const double value = values[i] == values[i] ? values[i] : __builtin_nan("");
    nnk_checksum_update(checksum, &value, sizeof value);
  }
}

void print_text(const char *text) {
  while (*text) putchar(*text++);
}

void print_number(size_t number) {
  if (number >= 10) print_number(number / 10);
  putchar('0' + (int)(number % 10));
}

void print_digest(const nnk_checksum *checksum) {
  const uint64_t digest = nnk_checksum_end(checksum);
  putchar(' ');
  for (int shift = 60; shift >= 0; shift -= 4) putchar("0123456789abcdef"[digest >> shift & 15]);
  putchar('\n');
}
