// The networks of Tests/SameBits/drawing.h through the Swift side.
#ifndef DRAWN_H
#define DRAWN_H

#include "drawing.h"

// A scorer of a drawn network, of floats or in 8 bits; ends the program if it cannot be had.
void *scorer_of(const network *network, bool in_8_bits, int64_t threads);
// nnproof_score; ends the program if it cannot score.
void score_with(void *scorer, size_t m, const uint8_t *bytes, const float *floats, float *scores);

#endif
