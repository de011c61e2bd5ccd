#!/bin/bash
# Recovery as CPUs run it that have less than this one: without IFMA, without AVX-512, and, emulated, without either.
set -u
. tests/support/tap.sh
program=${BUILD:-build}/tests/recover/recover_test
export CMOCKA_MESSAGE_OUTPUT=STDOUT

held_to() # METHOD FLAG…: what /proc/cpuinfo must show
{
    local method=$1 flag
    shift
    for flag in "$@"; do
        if ! grep -qw "$flag" /proc/cpuinfo; then
            skip "recovery by $method" "this CPU has no $flag"
            return
        fi
    done
    check "recovery by $method" env HYP_TEST_METHOD="$method" RECOVER_TEST_ITEMS=5000 "$program"
}

emulated() # CPU METHOD: which it must choose by itself
{
    if ! command -v qemu-x86_64 >/dev/null; then
        skip "recovery on an emulated $1" "qemu-x86_64 is not installed"
        return
    fi
    check "recovery on an emulated $1" \
        env RECOVER_TEST_QUICK=1 RECOVER_TEST_ITEMS=100 HYP_TEST_CHOICE="$2" qemu-x86_64 -cpu "$1" "$program"
}

held_to avx512f avx512dq
held_to avx2 avx2 fma
emulated Nehalem libsecp256k1
emulated Haswell avx2
done_testing
