#define _GNU_SOURCE
#include "ceilings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
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
#define OPAQUE_NEON(value) __asm__ volatile("" : "+w"(value))

#define CHAINED(name, features, SUMS, TYPE, KEEP, one, two, step)            \
  features static void name(const void *unused) {                           \
    (void)unused;                                                            \
    TYPE a = one, b = two;                                                   \
    SUMS sums[CHAINS];                                                       \
    KEEP(a);                                                                 \
    KEEP(b);                                                                 \
    for (int i = 0; i < CHAINS; i++) sums[i] = (SUMS)b;                      \
    for (int turn = 0; turn < TURNS; turn++) {                               \
      _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {                   \
        KEEP(a);                                                             \
        sums[i] = step;                                                      \
        KEEP(sums[i]);                                                       \
      }                                                                      \
    }                                                                        \
  }
#define TARGET(features) __attribute__((target(features)))

#if defined(__x86_64__)
CHAINED(f32_sse, TARGET("sse2"), __m128, __m128, OPAQUE, _mm_set1_ps(0.5f), _mm_set1_ps(0.25f),
        _mm_add_ps(_mm_mul_ps(a, b), sums[i]))
CHAINED(f32_avx2, TARGET("avx2,fma"), __m256, __m256, OPAQUE, _mm256_set1_ps(0.5f), _mm256_set1_ps(0.25f),
        _mm256_fmadd_ps(a, b, sums[i]))
CHAINED(f32_avx512, TARGET("avx512f"), __m512, __m512, OPAQUE_WIDE, _mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f),
        _mm512_fmadd_ps(a, b, sums[i]))
// 64 products: two of each four are added up by the first instruction, all four by the second.
CHAINED(u8s8_avx2, TARGET("avx2"), __m256i, __m256i, OPAQUE, _mm256_set1_epi8(1), _mm256_set1_epi16(1),
        _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_add_epi16(_mm256_maddubs_epi16(a, a),
                                                                     _mm256_maddubs_epi16(b, a)), b)))
CHAINED(u8s8_avxvnni, TARGET("avxvnni"), __m256i, __m256i, OPAQUE, _mm256_set1_epi8(1), _mm256_set1_epi8(2),
        _mm256_dpbusd_avx_epi32(sums[i], a, b))
CHAINED(u8s8_avx512vnni, TARGET("avx512f,avx512vnni"), __m512i, __m512i, OPAQUE_WIDE, _mm512_set1_epi8(1),
        _mm512_set1_epi8(2), _mm512_dpbusd_epi32(sums[i], a, b))

// 16 rows of 64 bytes by 64 inputs of 16 outputs: as many products in one instruction.
#define TILE_PRODUCTS (16.0 * 64 * 16)
TARGET("amx-tile,amx-int8") static void u8s8_amx(const void *unused) {
  (void)unused;
  // What _tile_loadconfig reads: the palette, and from byte 16 on the bytes of a row and from byte 48 on the rows of each register.
  uint8_t shapes[64] = {1};
  for (int tile = 0; tile < 8; tile++) {
    shapes[16 + 2 * tile] = 64;
    shapes[48 + tile] = 16;
  }
  uint8_t rows[1024];
  memset(rows, 1, sizeof rows);
  _tile_loadconfig(shapes);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, rows, 64);
  _tile_loadd(5, rows, 64);
  _tile_loadd(6, rows, 64);
  _tile_loadd(7, rows, 64);
  for (int turn = 0; turn < TURNS / 4; turn++) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
}

// Whether the processor has it and the system lets this process use it.
static bool has_amx(void) {
  enum { REQUEST_PERMISSION = 0x1023, TILES = 18, TILES_OF_BYTES = 3 << 24 };
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & TILES_OF_BYTES) == TILES_OF_BYTES &&
         syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILES) == 0;
}
#elif defined(__aarch64__)
CHAINED(f32_neon, , float32x4_t, float32x4_t, OPAQUE_NEON, vdupq_n_f32(0.5f), vdupq_n_f32(0.25f),
        vfmaq_f32(sums[i], a, b))
CHAINED(u8s8_neon, , int32x4_t, int16x8_t, OPAQUE_NEON, vdupq_n_s16(1), vdupq_n_s16(2),
        vmlal_high_s16(sums[i], a, b))
CHAINED(u8s8_dotprod, TARGET("dotprod"), int32x4_t, int8x16_t, OPAQUE_NEON, vdupq_n_s8(1), vdupq_n_s8(2),
        vdotq_s32(sums[i], a, b))
#endif

static void f32_portable(const void *unused) {
  (void)unused;
  float a = 0.5f, sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = a;
  for (int turn = 0; turn < TURNS; turn++) {
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {
      // By way of memory, for which every processor has the same constraint: a load costs less than what it is for.
      __asm__ volatile("" : "+m"(a));
      sums[i] = __builtin_fmaf(a, a, sums[i]);
    }
  }
  __asm__ volatile("" : : "r"(sums) : "memory");
}

#define ROW 4096

// Whatever the compiler makes of the plain loop, on rows in the fastest cache.
static void u8s8_portable(const void *unused) {
  (void)unused;
  uint8_t a[ROW];
  int8_t b[ROW];
  memset(a, 1, sizeof a);
  memset(b, 2, sizeof b);
  for (int turn = 0; turn < TURNS / ROW; turn++) {
    __asm__ volatile("" : : "r"(a), "r"(b) : "memory");
    int32_t sum = 0;
    for (int i = 0; i < ROW; i++) sum += (int32_t)a[i] * b[i];
    __asm__ volatile("" : : "r"(sum));
  }
}

ceilings_vectors ceilings_widest_vectors(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return CEILINGS_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CEILINGS_AVX2;
  return CEILINGS_SSE;
#elif defined(__aarch64__)
  return CEILINGS_NEON;
#else
  return CEILINGS_PORTABLE;
#endif
}

// A loop, the operations that it does in one go, and what it does them with.
typedef struct loop {
  void (*body)(const void *unused);
  double operations;
  const char *name;
} loop;

static loop f32_loop(ceilings_vectors vectors) {
  const double turns = 2.0 * CHAINS * TURNS;
  switch (vectors) {
    case CEILINGS_PORTABLE:
      return (loop){f32_portable, turns, "fmaf"};
#if defined(__x86_64__)
    case CEILINGS_SSE:
      return (loop){f32_sse, 4 * turns, "MULPS, ADDPS"};
    case CEILINGS_AVX2:
      if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) break;
      return (loop){f32_avx2, 8 * turns, "VFMADD, 256 bits"};
    case CEILINGS_AVX512:
      if (!__builtin_cpu_supports("avx512f")) break;
      return (loop){f32_avx512, 16 * turns, "VFMADD, 512 bits"};
#elif defined(__aarch64__)
    case CEILINGS_NEON:
      return (loop){f32_neon, 4 * turns, "FMLA"};
#endif
    default:
      break;
  }
  return (loop){NULL, 0, "none"};
}

static loop u8s8_loop(ceilings_vectors vectors) {
  const double turns = 2.0 * CHAINS * TURNS;
  (void)turns;
  switch (vectors) {
    case CEILINGS_PORTABLE:
    case CEILINGS_SSE:
      return (loop){u8s8_portable, 2.0 * ROW * (TURNS / ROW), "the compiler's"};
#if defined(__x86_64__)
    case CEILINGS_AVX512:
      if (has_amx()) return (loop){u8s8_amx, 2.0 * TILE_PRODUCTS * (TURNS / 4 * 4), "AMX"};
      if (__builtin_cpu_supports("avx512vnni")) return (loop){u8s8_avx512vnni, 64 * turns, "AVX-512 VNNI"};
      __attribute__((fallthrough));
    case CEILINGS_AVX2:
      if (__builtin_cpu_supports("avxvnni")) return (loop){u8s8_avxvnni, 32 * turns, "AVX-VNNI"};
      if (!__builtin_cpu_supports("avx2")) break;
      return (loop){u8s8_avx2, 64 * turns, "AVX2 (VPMADDUBSW, VPADDW, VPMADDWD, VPADDD)"};
#elif defined(__aarch64__)
    case CEILINGS_NEON:
      if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) return (loop){u8s8_dotprod, 16 * turns, "SDOT"};
      return (loop){u8s8_neon, 4 * turns, "SMLAL2"};
#endif
    default:
      break;
  }
  return (loop){NULL, 0, "none"};
}

static double rate_of(loop loop, double seconds) {
  return loop.body ? best_rate(seconds, loop.operations, loop.body, NULL) : 0;
}

double ceilings_f32_operations(ceilings_vectors vectors, double seconds) {
  return rate_of(f32_loop(vectors), seconds);
}

double ceilings_u8s8_operations(ceilings_vectors vectors, double seconds) {
  return rate_of(u8s8_loop(vectors), seconds);
}

const char *ceilings_f32_name(ceilings_vectors vectors) { return f32_loop(vectors).name; }
const char *ceilings_u8s8_name(ceilings_vectors vectors) { return u8s8_loop(vectors).name; }

typedef struct memory {
  const uint8_t *bytes;
  size_t size;
} memory;

typedef uint32_t vector __attribute__((vector_size(32), aligned(1)));

static inline __attribute__((always_inline)) void read_vectors(const memory *source) {
  vector sums[8];
  memset(sums, 0, sizeof sums);
  for (size_t at = 0; at + sizeof sums <= source->size; at += sizeof sums)
    for (int i = 0; i < 8; i++) sums[i] |= *(const vector *)(source->bytes + at + (size_t)i * sizeof(vector));
  vector total = sums[0];
  for (int i = 1; i < 8; i++) total |= sums[i];
  __asm__ volatile("" : : "r"(&total) : "memory");
}

// As wide as the registers of every processor of this kind: two loads for each vector on x86-64.
static void read_baseline(const memory *source) { read_vectors(source); }
#if defined(__x86_64__)
__attribute__((target("avx2"))) static void read_avx2(const memory *source) { read_vectors(source); }
#endif

typedef struct repeated {
  memory source;
  size_t times;
  void (*read)(const memory *source);
} repeated;

static void read_often(const void *argument) {
  const repeated *work = argument;
  for (size_t i = 0; i < work->times; i++) work->read(&work->source);
}

double ceilings_read(size_t size, double seconds) {
  // Whole steps of the loop, so that every byte counted is read.
  const size_t step = 8 * sizeof(vector);
  size = (size + step - 1) / step * step;
  uint8_t *bytes = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  if (!bytes) return 0;
  memset(bytes, 1, size);
  // At least four megabytes a slice, so that the clock costs nothing.
  repeated work = {{bytes, size}, 1 + (1 << 22) / size, read_baseline};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) work.read = read_avx2;
#endif
  const double rate = best_rate(seconds, (double)size * (double)work.times, read_often, &work);
  free(bytes);
  return rate;
}
