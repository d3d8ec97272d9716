// The networks of Tests/SameBits/drawing.h through the Swift side: by proof.h in drawn.c, by libnnscore in Tests/Library/drawn.c.
#ifndef DRAWN_H
#define DRAWN_H

#include "drawing.h"

// A scorer of a drawn network, of floats or in 8 bits; ends the program if it cannot be had.
void *scorer_of(const network *network, bool in_8_bits, int64_t threads);
void end_scorer(void *scorer);
// Scores rows of either type (the other is NULL); ends the program if it cannot.
void score_with(void *scorer, size_t m, const uint8_t *bytes, const float *floats, float *scores);

#endif
