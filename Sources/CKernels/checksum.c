// XXH64 (Y. Collet, xxHash specification 0.1.1), seed 0: catches every damaged byte at the speed of memory.
#include <string.h>

#include "nnkernels.h"

static const uint64_t prime1 = 0x9E3779B185EBCA87, prime2 = 0xC2B2AE3D27D4EB4F, prime3 = 0x165667B19E3779F9,
                      prime4 = 0x85EBCA77C2B2AE63, prime5 = 0x27D4EB2F165667C5;

static uint64_t rotate(uint64_t x, int bits) NNK_NONBLOCKING { return x << bits | x >> (64 - bits); }

static uint64_t read64(const uint8_t *p) NNK_NONBLOCKING {
  uint64_t x = 0;
  for (int i = 7; i >= 0; i--) x = x << 8 | p[i];
  return x;
}

static uint64_t mix(uint64_t lane, uint64_t input) NNK_NONBLOCKING {
  return rotate(lane + input * prime2, 31) * prime1;
}

void nnk_checksum_begin(nnk_checksum *state) NNK_NONBLOCKING {
  state->lanes[0] = prime1 + prime2;
  state->lanes[1] = prime2;
  state->lanes[2] = 0;
  state->lanes[3] = 0 - prime1;
  state->length = 0;
}

// Far enough for memory to answer in time: the chains of multiplications leave the processor little room to look ahead by itself.
#define AHEAD 2048

// Whole stripes of 32 bytes. The eight multiplications of 64 bits in each, one a cycle, are the limit in the cache: 4 bytes a cycle,
// copied or not.
static void mix_stripes(uint64_t lanes[4], uint8_t *to, const uint8_t *p, size_t count) NNK_NONBLOCKING {
  uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3];
  for (size_t at = 0; at < count; at += 32) {
    __builtin_prefetch((const void *)((uintptr_t)(p + at) + AHEAD));
    const uint64_t words[4] = {read64(p + at), read64(p + at + 8), read64(p + at + 16), read64(p + at + 24)};
    if (to) __builtin_memcpy(to + at, words, sizeof words);
    a = mix(a, words[0]);
    b = mix(b, words[1]);
    c = mix(c, words[2]);
    d = mix(d, words[3]);
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}

void nnk_checksum_update(nnk_checksum *state, const void *bytes, size_t count) NNK_NONBLOCKING {
  nnk_checksum_copy(state, NULL, bytes, count);
}

void nnk_checksum_copy(nnk_checksum *state, void *to, const void *bytes, size_t count) NNK_NONBLOCKING {
  const uint8_t *p = bytes;
  uint8_t *target = to;
  size_t held = state->length % 32;
  state->length += count;
  while (count > 0) {
    size_t taken = count / 32 * 32;
    if (held == 0 && taken > 0) {
      mix_stripes(state->lanes, target, p, taken);
    } else {
      taken = count < 32 - held ? count : 32 - held;
      __builtin_memcpy(state->pending + held, p, taken);
      if (target) __builtin_memcpy(target, p, taken);
      held = (held + taken) % 32;
      if (held == 0) mix_stripes(state->lanes, NULL, state->pending, 32);
    }
    p += taken;
    if (target) target += taken;
    count -= taken;
  }
}

uint64_t nnk_checksum_end(const nnk_checksum *state) NNK_NONBLOCKING {
  uint64_t hash;
  if (state->length >= 32) {
    hash = rotate(state->lanes[0], 1) + rotate(state->lanes[1], 7) + rotate(state->lanes[2], 12) +
           rotate(state->lanes[3], 18);
    for (int lane = 0; lane < 4; lane++) hash = (hash ^ mix(0, state->lanes[lane])) * prime1 + prime4;
  } else {
    hash = prime5;
  }
  hash += state->length;
  const uint8_t *p = state->pending;
  size_t left = state->length % 32;
  for (; left >= 8; left -= 8, p += 8) hash = rotate(hash ^ mix(0, read64(p)), 27) * prime1 + prime4;
  if (left >= 4) {
    const uint64_t word = (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
    hash = rotate(hash ^ word * prime1, 23) * prime2 + prime3;
    left -= 4;
    p += 4;
  }
  for (; left > 0; left--, p++) hash = rotate(hash ^ *p * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}
