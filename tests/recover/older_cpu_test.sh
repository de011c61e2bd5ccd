#!/bin/bash
# Recovery as CPUs run it that have less than this one: without IFMA, and, emulated, without AVX-512.
set -u
. tests/support/tap.sh
program=${BUILD:-build}/tests/recover/recover_test
export CMOCKA_MESSAGE_OUTPUT=STDOUT

if grep -q avx512dq /proc/cpuinfo; then
    check "recovery without IFMA" env HYP_TEST_NO_IFMA=1 RECOVER_TEST_ITEMS=5000 "$program"
else
    skip "recovery without IFMA" "this CPU has no AVX-512"
fi

export RECOVER_TEST_ITEMS=100 HYP_TEST_METHOD=libsecp256k1

if ! command -v qemu-x86_64 >/dev/null; then
    skip "recovery on older CPUs" "qemu-x86_64 is not installed"
else
    for cpu in Nehalem Haswell; do
        check "recovery on an emulated $cpu" qemu-x86_64 -cpu "$cpu" "$program"
    done
fi
done_testing
