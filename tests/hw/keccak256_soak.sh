#!/bin/sh
# The kernel keccak256 on 16,000 random and 16,000 scrambled batches for each number of stages.
exec "${BUILD:-build}/tests/hw/keccak256_test" 1000
