#define KERNELS hyp_freivalds_portable
#include "host/src/freivalds/loops.h"
