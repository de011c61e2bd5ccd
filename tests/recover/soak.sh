#!/bin/sh
# Two million random signatures, a quarter of them mutated, against libsecp256k1.
RECOVER_TEST_ITEMS=2000000 exec "${BUILD:-build}/tests/recover/recover_test"
