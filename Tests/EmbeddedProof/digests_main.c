// Prints the digests of the networks that Tests/SameBits draws, scored by the Swift side on the set that NNSCORE_ISA names.
#include "digests.h"
#include "drawn.h"

static void *scorer;

static void prepare(const network *network, bool in_8_bits) {
  if (scorer) end_scorer(scorer);
  scorer = scorer_of(network, in_8_bits, 1);
}

static void score(size_t m, const uint8_t *bytes, const float *floats, float *scores) {
  score_with(scorer, m, bytes, floats, scores);
}

int main(void) {
  print_networks((scoring){prepare, score}, NULL);
  end_scorer(scorer);
  return 0;
}
