// What one core can do at most, measured: independent multiply-adds, dot products of bytes, and reading memory over and over.
#ifndef CEILINGS_H
#define CEILINGS_H

#include <stddef.h>

// Floating-point operations a second in single precision (a fused multiply-add is two), by the widest vectors there are.
double ceilings_f32_operations(double seconds);
// Operations a second (a multiplication and an addition are two) of u8 × s8 dot products summed in 32 bits, by the fastest
// instructions that this processor has.
double ceilings_u8s8_operations(double seconds);
// The name of those instructions.
const char *ceilings_u8s8_name(void);
// Bytes a second at which size bytes are read from first to last, again and again; 0 if there is no memory for them.
double ceilings_read(size_t size, double seconds);

#endif
