#!/bin/sh
# hyperion llm on cards: the same text, logits and gas as on the CPU. In `make test` 16 tokens in the
# process and a short text behind XRT and OpenCL, or in soak HYP_LLM_TOKENS on all. A made-up model where the real
# one is absent.
. tests/support/tap.sh
build=${BUILD:-build}
hyperion=$PWD/$build/bin/hyperion
data=${HYP_TEST_DATA:-../shared/data}/llm
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# write DEVICE TOKENS: what must not depend on the device, on one line.
write() {
    "$hyperion" llm --model "$folder/model" --prompt "$prompt" --device "$1" -n "$2" --json \
        > "$folder/out" 2> "$folder/err" || { cat "$folder/err"; return 1; }
    sed 's/"device":"[^"]*",//; s/"tokens_per_second":[^,]*,//' "$folder/out"
}
# compare DEVICE TOKENS
compare() {
    equal "$prompt… $2 tokens on $1" "$(write cpu "$2")" "$(write "$1" "$2")"
}

if [ -r "$data/stories260K.bin" ]; then
    prompt="The dog and the cat were friends"
    "$hyperion" model import llama2c "$data/stories260K.bin" "$data/tok512.bin" -o "$folder/model"
else
    prompt="ab cab aba ab"
    "$build/tests/llm/make_tiny" "$folder/checkpoint" "$folder/tokenizer" &&
        "$hyperion" model import llama2c "$folder/checkpoint" "$folder/tokenizer" -o "$folder/model"
fi
compare sim "${HYP_LLM_TOKENS:-16}"
for device in xrt:0 opencl:0; do
    if "$hyperion" devices | grep -q "^$device "; then
        compare "$device" "${HYP_LLM_TOKENS:-2}"
    else
        skip "a text on $device" "this build cannot reach it"
    fi
done
done_testing
