#!/bin/sh
# The story of residency_test on cards behind XRT and OpenCL.
. tests/support/tap.sh
build=${BUILD:-build}

for device in xrt:0 opencl:0; do
    if "$build/bin/hyperion" devices | grep -q "^$device "; then
        check "weights that stay on $device" \
            env HYP_TEST_DEVICE="$device" "$build/tests/tensor/residency_test"
    else
        skip "weights that stay on $device" "this build cannot reach it"
    fi
done
done_testing
