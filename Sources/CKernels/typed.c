// The functions of nnkernels.h that need no instruction set of their own, for both element types.
#include "nnkernels.h"

#pragma STDC FP_CONTRACT OFF

#define REAL float
#define FN(x) nnk_f32_##x
#define FIELD(x) f32_##x
#include "typed.inc.h"
#undef REAL
#undef FN
#undef FIELD
#undef BYTE_ROWS

#ifndef NNK_SCORING_ONLY
#define REAL double
#define FN(x) nnk_f64_##x
#define FIELD(x) f64_##x
#include "typed.inc.h"
#endif
