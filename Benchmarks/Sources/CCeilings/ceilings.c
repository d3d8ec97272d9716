#define _GNU_SOURCE
#include "ceilings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// The best of slices: what the core can do, not what its neighbours left of it.
static double best_rate(double seconds, double work, void (*body)(const void *), const void *argument) {
  double best = 0;
  const double end = now() + seconds;
  body(argument);
  do {
    const double began = now();
    body(argument);
    const double rate = work / (now() - began);
    if (rate > best) best = rate;
  } while (now() < end);
  return best;
}

// Enough chains to hide the latency of two units of four or five cycles, few enough for 16 registers.
#define CHAINS 12
#define TURNS 200000
// Keeps a vector in a register and the compiler from knowing what is in it, so that nothing is computed once for all turns.
#define OPAQUE(value) __asm__ volatile("" : "+x"(value))
#define OPAQUE_WIDE(value) __asm__ volatile("" : "+v"(value))

#if defined(__x86_64__)

#define CHAINED(name, features, TYPE, KEEP, one, two, step)                   \
  __attribute__((target(features))) static void name(const void *unused) {  \
    (void)unused;                                                            \
    TYPE a = one, b = two, sums[CHAINS];                                     \
    KEEP(a);                                                                 \
    KEEP(b);                                                                 \
    for (int i = 0; i < CHAINS; i++) sums[i] = b;                            \
    for (int turn = 0; turn < TURNS; turn++) {                               \
      _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {                   \
        KEEP(a);                                                             \
        sums[i] = step;                                                      \
        KEEP(sums[i]);                                                       \
      }                                                                      \
    }                                                                        \
  }

CHAINED(f32_sse, "sse2", __m128, OPAQUE, _mm_set1_ps(0.5f), _mm_set1_ps(0.25f), _mm_add_ps(_mm_mul_ps(a, b), sums[i]))
CHAINED(f32_avx2, "avx2,fma", __m256, OPAQUE, _mm256_set1_ps(0.5f), _mm256_set1_ps(0.25f), _mm256_fmadd_ps(a, b, sums[i]))
CHAINED(f32_avx512, "avx512f", __m512, OPAQUE_WIDE, _mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f),
        _mm512_fmadd_ps(a, b, sums[i]))
CHAINED(u8s8_avx2, "avx2", __m256i, OPAQUE, _mm256_set1_epi8(1), _mm256_set1_epi16(1),
        _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(a, a), b)))
CHAINED(u8s8_avxvnni, "avxvnni", __m256i, OPAQUE, _mm256_set1_epi8(1), _mm256_set1_epi8(2),
        _mm256_dpbusd_avx_epi32(sums[i], a, b))
CHAINED(u8s8_avx512, "avx512f,avx512vnni", __m512i, OPAQUE_WIDE, _mm512_set1_epi8(1), _mm512_set1_epi8(2),
        _mm512_dpbusd_epi32(sums[i], a, b))

#elif defined(__aarch64__)
#include <arm_neon.h>

static void f32_neon(const void *unused) {
  (void)unused;
  float32x4_t a = vdupq_n_f32(0.5f), sums[CHAINS];
  __asm__ volatile("" : "+w"(a));
  for (int i = 0; i < CHAINS; i++) sums[i] = a;
  for (int turn = 0; turn < TURNS; turn++) {
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {
      sums[i] = vfmaq_f32(sums[i], a, a);
      __asm__ volatile("" : "+w"(sums[i]));
    }
  }
}
#endif

double ceilings_f32_operations(double seconds) {
  const double turns = 2.0 * CHAINS * TURNS;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return best_rate(seconds, 16 * turns, f32_avx512, NULL);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return best_rate(seconds, 8 * turns, f32_avx2, NULL);
  return best_rate(seconds, 4 * turns, f32_sse, NULL);
#elif defined(__aarch64__)
  return best_rate(seconds, 4 * turns, f32_neon, NULL);
#else
  (void)turns;
  return 0;
#endif
}

double ceilings_u8s8_operations(double seconds) {
  const double turns = 2.0 * CHAINS * TURNS;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return best_rate(seconds, 64 * turns, u8s8_avx512, NULL);
  if (__builtin_cpu_supports("avxvnni")) return best_rate(seconds, 32 * turns, u8s8_avxvnni, NULL);
  if (__builtin_cpu_supports("avx2")) return best_rate(seconds, 32 * turns, u8s8_avx2, NULL);
#endif
  (void)turns;
  return 0;
}

const char *ceilings_u8s8_name(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return "AVX-512 VNNI";
  if (__builtin_cpu_supports("avxvnni")) return "AVX-VNNI";
  if (__builtin_cpu_supports("avx2")) return "AVX2 (VPMADDUBSW, VPMADDWD, VPADDD)";
#endif
  return "none";
}

typedef struct memory {
  const uint8_t *bytes;
  size_t size;
} memory;

typedef uint32_t vector __attribute__((vector_size(32), aligned(1)));

#if defined(__x86_64__)
// Loads as wide as the registers of every processor of this kind; without AVX2 the compiler makes two of each.
__attribute__((target_clones("avx2", "default")))
#endif
static void
read_all(const void *argument) {
  const memory *source = argument;
  vector sums[8];
  memset(sums, 0, sizeof sums);
  for (size_t at = 0; at + sizeof sums <= source->size; at += sizeof sums)
    for (int i = 0; i < 8; i++) sums[i] |= *(const vector *)(source->bytes + at + (size_t)i * sizeof(vector));
  vector total = sums[0];
  for (int i = 1; i < 8; i++) total |= sums[i];
  __asm__ volatile("" : : "r"(&total) : "memory");
}

typedef struct repeated {
  memory source;
  size_t times;
} repeated;

static void read_often(const void *argument) {
  const repeated *work = argument;
  for (size_t i = 0; i < work->times; i++) read_all(&work->source);
}

double ceilings_read(size_t size, double seconds) {
  // Whole steps of the loop, so that every byte counted is read.
  const size_t step = 8 * sizeof(vector);
  size = (size + step - 1) / step * step;
  uint8_t *bytes = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  if (!bytes) return 0;
  memset(bytes, 1, size);
  // At least four megabytes a slice, so that the clock costs nothing.
  const repeated work = {{bytes, size}, 1 + (1 << 22) / size};
  const double rate = best_rate(seconds, (double)size * (double)work.times, read_often, &work);
  free(bytes);
  return rate;
}
