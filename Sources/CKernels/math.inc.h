// exp, log, tanh, sigmoid, softmax and cross-entropy as fixed sequences of IEEE operations in double precision, for one
// vector width. Included with
//   DLANES     doubles in a vector (1 for the portable build)
//   NAME(x)    the name of a function of this instruction set
// The same operations run in every lane of every width, so the bits do not depend on the width.
//
// Errors against the exact functions, in units in the last place of a double: exp < 0.9, log < 0.8,
// sigmoid < 1.6, tanh < 2.5, softmax of n < 3 + n / 8, one cost of n classes < 4 + n / 8 (held by Tests/InferenceTests/
// AccuracyTests.swift against mpmath). A float result is the double rounded once: < 0.5001 ulp.

typedef double NAME(dvec) __attribute__((vector_size(8 * DLANES)));
typedef int64_t NAME(ivec) __attribute__((vector_size(8 * DLANES)));
typedef uint64_t NAME(uvec) __attribute__((vector_size(8 * DLANES)));
#define DVEC NAME(dvec)
#define IVEC NAME(ivec)
#define UVEC NAME(uvec)
#define INLINE static inline __attribute__((always_inline))
#define FMA __builtin_elementwise_fma

INLINE DVEC NAME(splat)(double x) NNK_NONBLOCKING { return x - (DVEC){0}; }
INLINE DVEC NAME(select)(IVEC mask, DVEC yes, DVEC no) NNK_NONBLOCKING {
  return (DVEC)((mask & (IVEC)yes) | (~mask & (IVEC)no));
}
// 2^k for k from -1022 to 1023.
INLINE DVEC NAME(power_of_two)(IVEC k) NNK_NONBLOCKING { return (DVEC)(((UVEC)k + 1023) << 52); }

// x = k·ln 2 + r, |r| ≤ ln 2 / 2; returns e^r - 1 by its Taylor series to r^13 / 13! (the next term is below 2^-57 of the
// result). x from -1075 to 1025 times ln 2.
INLINE DVEC NAME(reduced_expm1)(DVEC x, IVEC *k) NNK_NONBLOCKING {
  // Adding 1.5·2^52 rounds to an integer and leaves it in the low bits.
  const DVEC magic = NAME(splat)(0x1.8p52);
  const DVEC shifted = FMA(x, NAME(splat)(0x1.71547652b82fep0), magic);  // log2(e)
  const DVEC rounded = shifted - magic;
  *k = (IVEC)((UVEC)shifted - (UVEC)magic);
  DVEC r = FMA(rounded, NAME(splat)(-0x1.62e42fefa39efp-1), x);   // ln 2, high part
  r = FMA(rounded, NAME(splat)(-0x1.abc9e3b39803fp-56), r);       // ln 2, low part
  DVEC p = NAME(splat)(1.0 / 6227020800);
  p = FMA(p, r, NAME(splat)(1.0 / 479001600));
  p = FMA(p, r, NAME(splat)(1.0 / 39916800));
  p = FMA(p, r, NAME(splat)(1.0 / 3628800));
  p = FMA(p, r, NAME(splat)(1.0 / 362880));
  p = FMA(p, r, NAME(splat)(1.0 / 40320));
  p = FMA(p, r, NAME(splat)(1.0 / 5040));
  p = FMA(p, r, NAME(splat)(1.0 / 720));
  p = FMA(p, r, NAME(splat)(1.0 / 120));
  p = FMA(p, r, NAME(splat)(1.0 / 24));
  p = FMA(p, r, NAME(splat)(1.0 / 6));
  p = FMA(p, r, NAME(splat)(0.5));
  return FMA(r * r, p, r);
}

// e^x; ∞ above 709.79, 0 below -745.14, NaN for NaN.
INLINE DVEC NAME(exp)(DVEC x) NNK_NONBLOCKING {
  x = NAME(select)(x > 710.0, NAME(splat)(710.0), x);
  x = NAME(select)(x < -746.0, NAME(splat)(-746.0), x);
  IVEC k;
  const DVEC p = NAME(reduced_expm1)(x, &k);
  // Two factors, as 2^k alone may be out of range where the result is not; only the last product can round.
  const IVEC half = k >> 1;
  return (1.0 + p) * NAME(power_of_two)(half) * NAME(power_of_two)(k - half);
}

// 1 / (1 + e^-x) by e^-|x|, which never overflows.
INLINE DVEC NAME(sigmoid)(DVEC x) NNK_NONBLOCKING {
  const DVEC negative = (DVEC)((IVEC)x | INT64_MIN);
  const DVEC e = NAME(exp)(negative);
  return NAME(select)(x >= 0.0, NAME(splat)(1.0), e) / (1.0 + e);
}

// tanh x = (e^2|x| - 1) / (e^2|x| + 1) with the sign of x; 1 to the last bit from |x| = 22.
INLINE DVEC NAME(tanh)(DVEC x) NNK_NONBLOCKING {
  const IVEC sign = (IVEC)x & INT64_MIN;
  DVEC magnitude = (DVEC)((IVEC)x & INT64_MAX);
  magnitude = NAME(select)(magnitude > 22.0, NAME(splat)(22.0), magnitude);
  IVEC k;
  const DVEC p = NAME(reduced_expm1)(magnitude + magnitude, &k);
  const DVEC scale = NAME(power_of_two)(k);
  const DVEC expm1 = FMA(scale, p, scale - 1.0);
  return (DVEC)((IVEC)(expm1 / (expm1 + 2.0)) | sign);
}

#ifndef NNK_SCORING_ONLY
// log x for a positive normal x: x = 2^k·(1 + f), √½ < 1 + f ≤ √2, s = f / (2 + f),
// log(1 + f) = 2 artanh s = f - f²/2 + s·(f²/2 + R(s²)), R the minimax polynomial of FreeBSD's e_log.c (Sun, 1993).
static double NAME(log)(double x) NNK_NONBLOCKING {
  if (!(x > 0) || x > 0x1.fffffffffffffp1023) return x > 0 ? x : x == 0 ? -__builtin_inf() : __builtin_nan("");
  int64_t extra = 0;
  if (x < 0x1p-1022) {
    x = x * 0x1p54;
    extra = -54;
  }
  int64_t bits;
  __builtin_memcpy(&bits, &x, 8);
  // Subtracting √½'s bits splits at √½ rather than at a power of two.
  const int64_t k = (bits - 0x3fe6a09e667f3bcd) >> 52;
  bits -= (int64_t)((uint64_t)k << 52);
  double mantissa;
  __builtin_memcpy(&mantissa, &bits, 8);
  const double f = mantissa - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double r = 1.479819860511658591e-01;
  r = __builtin_fma(r, z, 1.531383769920937332e-01);
  r = __builtin_fma(r, z, 1.818357216161805012e-01);
  r = __builtin_fma(r, z, 2.222219843214978396e-01);
  r = __builtin_fma(r, z, 2.857142874366239149e-01);
  r = __builtin_fma(r, z, 3.999999999940941908e-01);
  r = __builtin_fma(r, z, 6.666666666666735130e-01);
  r = r * z;
  const double half = 0.5 * f * f;
  const double exponent = (double)(k + extra);
  const double low = __builtin_fma(s, half + r, exponent * 1.90821492927058770002e-10);
  return exponent * 6.93147180369123816490e-01 - ((half - low) - f);
}

// log(1 + e) for 0 ≤ e < ∞: log(u)·e/(u - 1) corrects for the rounding of u = 1 + e (HP-15C Advanced Functions Handbook).
INLINE double NAME(log1p)(double e) NNK_NONBLOCKING {
  const double u = 1.0 + e;
  return u == 1.0 ? e : NAME(log)(u) * e / (u - 1.0);
}

INLINE double NAME(exp_one)(double x) NNK_NONBLOCKING { return NAME(exp)(NAME(splat)(x))[0]; }
#endif

#define REAL float
#define REAL_NAN __builtin_nanf("")
#define TYPED(x) NAME(x##_f32)
#include "activate.inc.h"
#undef REAL
#undef REAL_NAN
#undef TYPED

#ifndef NNK_SCORING_ONLY
#define REAL double
#define REAL_NAN __builtin_nan("")
#define TYPED(x) NAME(x##_f64)
#include "activate.inc.h"
#undef REAL
#undef REAL_NAN
#undef TYPED
#endif

#undef DVEC
#undef IVEC
#undef UVEC
#undef INLINE
#undef FMA
