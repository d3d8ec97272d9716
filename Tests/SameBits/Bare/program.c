// The digests of AVX-512 on a machine without an operating system, written to its first serial port.
#include "../digests.h"
#include "kernels.h"

static void write_port(uint16_t port, uint8_t byte) { __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"(port)); }

static uint8_t read_port(uint16_t port) {
  uint8_t byte;
  __asm__ volatile("inb %1, %0" : "=a"(byte) : "Nd"(port));
  return byte;
}

int putchar(int character) {
  // Until the byte before has been sent.
  while (!(read_port(0x3fd) & 0x20)) continue;
  write_port(0x3f8, (uint8_t)character);
  return character;
}

// What compilers call, and no C library is here to define.
void *memcpy(void *to, const void *from, size_t count) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return result;
}

void *memset(void *to, int byte, size_t count) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
  return result;
}

int memcmp(const void *a, const void *b, size_t count) {
  const uint8_t *x = a, *y = b;
  for (size_t i = 0; i < count; i++)
    if (x[i] != y[i]) return x[i] - y[i];
  return 0;
}

__attribute__((target("fma"))) double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
__attribute__((target("fma"))) float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// Eight bits a byte, at the port's highest rate.
static void open_port(void) {
  write_port(0x3fb, 0x80);
  write_port(0x3f8, 1);
  write_port(0x3f9, 0);
  write_port(0x3fb, 3);
}

void bare_main(void) {
  open_port();
  print_networks(scoring_with(&nnk_avx512_vnni), NULL);
  print_kernels(&nnk_avx512_vnni);
  bool same = check_batches(scoring_with(&nnk_avx512_vnni), 20);
  // The sums of AVX-VNNI, which Scripts/same-bits compiles for this instruction set.
  nnk_kernels narrower = nnk_avx512_vnni;
  narrower.int8_panel = nnk_int8_panel_avx2_vnni;
  narrower.int8_sums = nnk_int8_sums_avx2_vnni;
  print_text("with the sums of AVX-VNNI\n");
  print_networks(scoring_with(&narrower), NULL);
  same = check_batches(scoring_with(&narrower), 20) && same;
  if (same) print_text("done\n");
  // Until the last byte is out.
  while (!(read_port(0x3fd) & 0x40)) continue;
}
