#!/bin/sh
# The kernel matmul on 100 × 16 random batches for each array.
exec "${BUILD:-build}/tests/hw/matmul/matmul_test" 100
