#include "nnkernels.h"
const int nnk_version = 1;
