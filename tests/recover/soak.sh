#!/bin/bash
# Random signatures, a quarter of them mutated, against libsecp256k1: two million by the best that this CPU has, and
# fewer by what other CPUs run. Answers to many are proven, and lies among them found.
set -u
. tests/support/tap.sh
program=${BUILD:-build}/tests/recover/recover_test
export CMOCKA_MESSAGE_OUTPUT=STDOUT

check "2,000,000 recoveries" env RECOVER_TEST_ITEMS=2000000 "$program"
for needs in avx512dq:avx512f fma:avx2; do
    if grep -qw "${needs%:*}" /proc/cpuinfo; then
        check "500,000 recoveries by ${needs#*:}" env HYP_TEST_METHOD="${needs#*:}" RECOVER_TEST_ITEMS=500000 "$program"
    else
        skip "500,000 recoveries by ${needs#*:}" "this CPU has no ${needs%:*}"
    fi
done
check "200,000 keys proven by each" env PROVE_TEST_ITEMS=200000 "${BUILD:-build}/tests/recover/prove_test"
done_testing
