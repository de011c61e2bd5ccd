/* Everything of the public API. See context.h for the rules that hold everywhere. */
#ifndef HYPERION_HYPERION_H
#define HYPERION_HYPERION_H

#include "hyperion/batch.h"
#include "hyperion/context.h"
#include "hyperion/device.h"
#include "hyperion/ecrecover.h"
#include "hyperion/error.h"
#include "hyperion/keccak.h"
#include "hyperion/matmul.h"
#include "hyperion/program.h"
#include "hyperion/queue.h"
#include "hyperion/stats.h"
#include "hyperion/tensor.h"
#include "hyperion/version.h"

#endif
