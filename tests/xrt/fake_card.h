#ifndef HYPERION_TESTS_XRT_FAKE_CARD_H
#define HYPERION_TESTS_XRT_FAKE_CARD_H

#include "sim/address_map.h"
#include "sim/card.h"

#define FAKE_UNITS            2
#define FAKE_MEMORY           SIM_MEMORY_BYTES
#define FAKE_VERSION          0x00010203u
#define FAKE_VERSION_REGISTER 0xff4u
#define FAKE_RUN_CYCLES       1000u
#define FAKE_MAX_ITEMS        65536u

#endif
