#!/bin/sh
# hyperion llm: the text, the same on cpu and sim, exit codes and messages.
. tests/support/tap.sh
hyperion=$PWD/${BUILD:-build}/bin/hyperion
data=${HYP_TEST_DATA:-../shared/data}/llm
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
model=$folder/stories.model

# code NAME WANT COMMAND…: the exit code; output is kept in $out and $err.
code() {
    code_name=$1
    want=$2
    shift 2
    "$@" > "$folder/out" 2> "$folder/err"
    equal "$code_name" "exit $want" "exit $?"
    out=$(cat "$folder/out")
    err=$(cat "$folder/err")
}
# says NAME TEXT WHERE: whether the text is part of it.
says() {
    case $3 in
    *"$2"*) ok "$1" ;;
    *) equal "$1" "$2" "$3" ;;
    esac
}
# key NAME: the value of a key of the JSON in $out.
key() { echo "$out" | grep -o "\"$1\":[^,}]*" | cut -d: -f2-; }

code "no model" 2 "$hyperion" llm
says "is asked for" "--model FILE is needed" "$err"
code "help" 0 "$hyperion" llm --help
says "has an example" "example: hyperion llm" "$out"
code "a model that is not there" 2 "$hyperion" llm --model "$folder/none"
code "a temperature that is no number" 2 "$hyperion" llm --model "$folder/none" --temperature 0.7
says "is told" "--temperature takes a whole number" "$err"
code "a stray argument" 2 "$hyperion" llm --model "$folder/none" text
head -c 1000 /dev/zero > "$folder/zeros"
code "a file that is no model" 2 "$hyperion" llm --model "$folder/zeros"
says "is told" "zeros: not a model file" "$err"

if [ ! -r "$data/stories260K.bin" ]; then
    skip "a real model" "no $data/stories260K.bin"
    done_testing
    exit
fi
"$hyperion" model import llama2c "$data/stories260K.bin" "$data/tok512.bin" -o "$model"

run() { "$hyperion" llm --model "$model" --device cpu "$@"; }
code "greedy text" 0 run -n 40
says "begins as it should" "Once upon a time, there was a little girl named Lily." "$out"
equal "nothing on stderr" "" "$err"
code "with a prompt" 0 run --prompt "The dog" -n 20
says "begins with the prompt" "The dog" "$out"
code "no tokens" 0 run --prompt "The dog" -n 0
equal "prints the prompt" "The dog" "$out"
code "bytes that no word has" 0 run --prompt "$(printf 'a\001\377z')" -n 0
equal "come out as they went in" "$(printf 'a\001\377z')" "$out"
code "and as JSON, which must be UTF-8" 0 run --prompt "$(printf 'a\001\377z')" -n 2 --json
says "with question marks" '"text":"a\u0001?z' "$out"

code "drawn" 0 run --temperature 1000 --seed 7 -n 40
drawn=$out
code "drawn again" 0 run --temperature 1000 --seed 7 -n 40
equal "the same seed gives the same text" "$drawn" "$out"
code "drawn otherwise" 0 run --temperature 1000 --seed 8 -n 40
check "another seed gives another" [ "$drawn" != "$out" ]

code "the context is full" 0 run -n 600 --json
equal "ends there" '"context"' "$(key stopped)"
says "and says so" "the model's context of 512 tokens is full: 512 of 600 tokens were written" "$err"
long=$(printf 'x%.0s' $(seq 600))
code "a prompt longer than the context" 2 run --prompt "$long"
says "is told" "tokens, the model's context 512" "$err"

head -c 300000 "$model" > "$folder/bad"
code "a truncated model" 2 "$hyperion" llm --model "$folder/bad"
says "names the tensor" "truncated: layers.4.feed_forward" "$err"

code "a price" 0 run --prompt "The dog and the cat were friends" -n 30 --price --json
price="$(key gas)"
code "the text" 0 run --prompt "The dog and the cat were friends" -n 30 --json
equal "costs just that" "$price" "$(key gas)"
code "a price up to the end of the context" 0 run --temperature 900 -n 600 --price
price="$out"
code "the text, drawn" 0 run --temperature 900 -n 600 --json
equal "costs just that" "$price" "$(key gas) gas"

code "16 tokens on cpu" 0 run -n 16 --json
cpu="$(key logits_keccak) $(key gas) $(key text)"
says "are hashed" '"logits_keccak":"0x' "$out"
for device in ${HYP_TEST_DEVICES:-sim}; do
    code "16 tokens on $device" 0 "$hyperion" llm --model "$model" --device "$device" -n 16 --json
    equal "the same logits, gas and text on $device" "$cpu" "$(key logits_keccak) $(key gas) $(key text)"
done
done_testing
