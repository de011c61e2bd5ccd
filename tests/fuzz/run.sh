#!/bin/sh
# One fuzz target as a TAP test:  tests/fuzz/run.sh NAME test|soak FOLDER
# First every committed seed, unmutated; then mutations of them: a fixed number of runs from a fixed seed of
# the random generator in `make test`, HYP_FUZZ_SECONDS of new ones in `make soak`, whose finds are kept in
# FOLDER/corpus/NAME for the next soak. An input that fails is kept in FOLDER/artifacts/NAME.
set -u
. tests/support/tap.sh
name=$1
mode=$2
folder=$3
program=$folder/$name
seeds=tests/fuzz/corpus/$name
artifacts=$folder/artifacts/$name/
corpus=$folder/corpus/$name
mkdir -p "$artifacts" "$corpus"

dictionary=
[ -f "tests/fuzz/$name.dict" ] && dictionary=-dict=tests/fuzz/$name.dict

# UBSan's printed stack is what makes an artefact useful.
export UBSAN_OPTIONS=print_stacktrace=1

check "fuzz $name: $(find "$seeds" -type f | wc -l) seeds" \
    "$program" -artifact_prefix="$artifacts" -runs=0 "$seeds"

if [ "$mode" = soak ]; then
    seconds=${HYP_FUZZ_SECONDS:-600}
    # shellcheck disable=SC2086 # the dictionary is one word or none
    check "fuzz $name: $seconds s of mutations" \
        "$program" -artifact_prefix="$artifacts" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 $dictionary "$corpus" "$seeds"
else
    runs=$(sed -n "s/^$name  *//p" tests/fuzz/runs.txt)
    # An empty scratch corpus comes first: libFuzzer writes finds there, never into the committed seeds.
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    # shellcheck disable=SC2086
    check "fuzz $name: ${runs:-50000} mutations" \
        "$program" -artifact_prefix="$artifacts" -runs="${runs:-50000}" -seed=1 -max_total_time=30 \
        -timeout=10 -rss_limit_mb=2048 $dictionary "$scratch" "$seeds"
fi
done_testing
