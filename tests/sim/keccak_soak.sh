#!/bin/sh
# Random batches under random timings for about an hour.
exec "${BUILD:-build}/tests/sim/keccak_test" "${HYP_SOAK_ROUNDS:-1000}"
