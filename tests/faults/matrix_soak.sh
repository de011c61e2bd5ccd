#!/bin/sh
# Every fault, every op, every kind of simulated card.
exec "${BUILD:-build}/tests/faults/matrix_test" all
