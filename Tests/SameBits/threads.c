#include <stdio.h>
#include <string.h>

#include "digests.h"

enum { MOST_THREADS = 8 };
// Of bytes and of floats: all rows, as those of a batch are the first ones.
static float expected[2][MOST_ROWS * MOST_OUTPUTS], found[MOST_ROWS * MOST_OUTPUTS];
_Alignas(64) static uint8_t workspace[4 << 20];

static bool check(const network *network, size_t threads, size_t step) {
  nnk_team *team;
  if (nnk_team_make(threads, nnk_network_workspace(prepared()), &team) != 0) {
    printf("%zu threads cannot be had\n", threads);
    return false;
  }
  bool same = true;
  for (size_t m = step; m <= MOST_ROWS && same; m += step) {
    const uint8_t *bytes = m % 2 ? network->bytes : NULL;
    const float *floats = m % 2 ? NULL : network->floats;
    memset(found, 0, sizeof found);
    nnk_team_score(team, prepared(), m, bytes, floats, found, workspace);
    same = memcmp(found, expected[m % 2], m * network->outputs * sizeof *found) == 0;
    if (!same) printf("%zu rows have other scores on %zu threads\n", m, threads);
  }
  nnk_team_end(team);
  return same;
}

// The rows that are the caller's and those of the others are all rows, each once.
static bool check_steps(void) {
  for (size_t threads = 2; threads <= 1024; threads++)
    for (size_t m = 16 * threads; m < 16 * threads + 700; m++)
      for (double waking = 0; waking < 400; waking = 3 * waking + 1) {
        const size_t step = nnk_team_step(m, threads, waking);
        if (step > 0 && (threads - 1) * step < m) continue;
        printf("%zu rows on %zu threads are divided into steps of %zu\n", m, threads, step);
        return false;
      }
  return true;
}

bool check_threads(const nnk_kernels *kernels, size_t step) {
  if (!check_steps()) return false;
  // Of these seeds, a network wide enough that all batches but the smallest are shared, and one of which large ones are.
  static const uint64_t seeds[] = {25, 3};
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
    const network *network = draw_network(seeds[i], MOST_ROWS);
    for (int kind = 0; kind < 2; kind++) {
      scoring_with(kernels).prepare(network, kind == 1);
      nnk_score(prepared(), MOST_ROWS, NULL, network->floats, expected[0], workspace);
      nnk_score(prepared(), MOST_ROWS, network->bytes, NULL, expected[1], workspace);
      for (size_t threads = 1; threads <= MOST_THREADS; threads++)
        if (!check(network, threads, step)) return false;
      // More than there are cores: a few rows each.
      for (size_t threads = 9; threads <= 18; threads += 3)
        if (!check(network, threads, 8 * step)) return false;
    }
  }
  return true;
}
