// Counts what is allocated while a scorer scores: nothing, on one thread and on two, from its first batch on.
#define _GNU_SOURCE
#include <stdio.h>

#include "counting.h"
#include "drawn.h"

// --- Scoring ---------------------------------------------------------------------------------------------------------

static float scores[MOST_ROWS * MOST_OUTPUTS];

static int check(const network *network, bool in_8_bits, int64_t threads) {
  static const size_t batches[] = {1, 2, 3, 16, 63, 64, 200, MOST_ROWS};
  const size_t before_making = count;
  void *scorer = scorer_of(network, in_8_bits, threads);
  const size_t before = count;
  if (before == before_making) {
    fprintf(stderr, "allocations: not even those of making a scorer are counted\n");
    return 1;
  }
  for (int type = 0; type < 2; type++)
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
      score_with(scorer, batches[i], type == 0 ? network->bytes : NULL, type == 1 ? network->floats : NULL, scores);
  const size_t after = count;
  end_scorer(scorer);
  if (after == before) return 0;
  fprintf(stderr, "allocations: %zu while a %s network was scored on %d threads\n", after - before,
          in_8_bits ? "8-bit" : "float", (int)threads);
  return 1;
}

int main(void) {
  // 1344-196-19-10, of which a batch of 64 is work enough for two threads, and 620-35-682-20-16.
  static const uint64_t seeds[] = {25, 39};
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
    const network *network = draw_network(seeds[i], MOST_ROWS);
    for (int kind = 0; kind < 2; kind++)
      for (int64_t threads = 1; threads <= 2; threads++)
        if (check(network, kind == 1, threads)) return 1;
  }
  return 0;
}
