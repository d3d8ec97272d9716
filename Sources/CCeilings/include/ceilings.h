// What one core can do at most, measured: independent multiply-adds, dot products of bytes, and reading memory over and over.
// What is returned is the best of many slices of time: the core's, not what its neighbours left of it.
#ifndef CEILINGS_H
#define CEILINGS_H

#include <stddef.h>

// The kind of instructions that products are computed with.
typedef enum ceilings_vectors {
  // What a build for any processor of its kind has. A fused multiply-add without its instruction is a call.
  CEILINGS_PORTABLE = 0,
  // A multiplication and an addition, as there was no fused one; bytes as for the portable kind.
  CEILINGS_SSE = 1,
  CEILINGS_AVX2 = 2,
  CEILINGS_AVX512 = 3,
  CEILINGS_NEON = 4,
} ceilings_vectors;

// The widest vectors that this processor has.
ceilings_vectors ceilings_widest_vectors(void);
// Operations a second in single precision (a fused multiply-add is two); 0 for vectors that this processor or this build lacks.
double ceilings_f32_operations(ceilings_vectors vectors, double seconds);
// Operations a second (a multiplication and an addition are two) of u8 × s8 dot products summed in 32 bits, by the fastest
// instructions of that kind that this processor has; 0 if it has none.
double ceilings_u8s8_operations(ceilings_vectors vectors, double seconds);
// What the operations are done with.
const char *ceilings_f32_name(ceilings_vectors vectors);
const char *ceilings_u8s8_name(ceilings_vectors vectors);
// Bytes a second at which size bytes are read from first to last, again and again; 0 if there is no memory for them.
double ceilings_read(size_t size, double seconds);

#endif
