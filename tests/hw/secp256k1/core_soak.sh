#!/bin/sh
# 100,000 random and mutated items through the recovery core against libsecp256k1, beside all that core_test does.
exec "${BUILD:-build}/tests/hw/secp256k1/core_test" "${ITEMS_OF_EACH_KIND:-50000}"
