#!/bin/bash
# Recovery on CPUs without AVX-512, emulated: what this build's own CPU has must not be taken for granted.
set -u
. tests/support/tap.sh
program=${BUILD:-build}/tests/recover/recover_test
export RECOVER_TEST_ITEMS=300 HYP_TEST_METHOD=libsecp256k1 CMOCKA_MESSAGE_OUTPUT=STDOUT

if ! command -v qemu-x86_64 >/dev/null; then
    skip "recovery on older CPUs" "qemu-x86_64 is not installed"
else
    for cpu in Nehalem Haswell; do
        check "recovery on an emulated $cpu" qemu-x86_64 -cpu "$cpu" "$program"
    done
fi
done_testing
