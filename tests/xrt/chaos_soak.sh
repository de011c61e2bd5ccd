#!/bin/sh
# Five minutes of chaos_test, from a seed that is printed, so that a failure can be had again.
seed=$(date +%s)
echo "# seed $seed"
exec "${BUILD:-build}/tests/xrt/chaos_test" 300 "$seed"
