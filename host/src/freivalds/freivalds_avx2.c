#define KERNELS hyp_freivalds_avx2
#include "host/src/freivalds/loops.h"
