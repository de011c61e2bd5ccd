#!/bin/sh
# hyperion model: exit codes, messages, determinism; damaged files.
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

code "no action" 2 "$hyperion" model
code "help" 0 "$hyperion" model --help
says "help has an example" "example: hyperion model import" "$out"
code "import without output" 2 "$hyperion" model import llama2c a b
code "import of an unknown kind" 2 "$hyperion" model import gguf a b -o "$folder/x"
code "import of a file that is not there" 2 "$hyperion" model import llama2c "$folder/none" b -o "$folder/x"
says "names it" "$folder/none: No such file" "$err"
head -c 1000 /dev/zero > "$folder/zeros"
code "import of no checkpoint" 2 "$hyperion" model import llama2c "$folder/zeros" "$folder/zeros" -o "$folder/x"
says "says so" "not a llama2.c checkpoint: dim is 0" "$err"
equal "and makes no file" "" "$(ls "$folder/x" 2>/dev/null)"
code "verify of no model" 1 "$hyperion" model verify "$folder/zeros"
says "says so" "$folder/zeros: not a model file" "$out"
code "inspect of no model" 2 "$hyperion" model inspect "$folder/zeros"
code "verify goes on after a missing file" 2 "$hyperion" model verify --json "$folder/none" "$folder/zeros"
equal "one object a file" 2 "$(echo "$out" | wc -l)"

if [ ! -r "$data/stories260K.bin" ]; then
    skip "a real model" "no $data/stories260K.bin"
    done_testing
    exit
fi

code "import" 0 "$hyperion" model import llama2c "$data/stories260K.bin" "$data/tok512.bin" -o "$model"
equal "says nothing" "" "$out$err"
code "import again" 0 "$hyperion" model import llama2c "$data/stories260K.bin" "$data/tok512.bin" -o "$folder/again"
check "gives the same bytes" cmp "$model" "$folder/again"
code "verify" 0 "$hyperion" model verify "$model"
says "prints ok and the root" "$model: ok (0xad1dcde918f614e8" "$out"
code "inspect" 0 "$hyperion" model inspect "$model"
says "lists the tensors" "layers.4.feed_forward.down.shift" "$out"
code "inspect --json" 0 "$hyperion" model inspect --json "$model"
says "has the shape" '"config":{"architecture":1,"dim":64,"hidden":172' "$out"

size=$(wc -c < "$model")
cp "$model" "$folder/bad"
printf '\377' | dd of="$folder/bad" bs=1 seek=$((size - 300)) conv=notrunc 2>/dev/null
code "verify of a corrupted file" 1 "$hyperion" model verify "$folder/bad"
says "names the tensor" "tensor classifier.shift is corrupted" "$out"
head -c $((size - 2000)) "$model" > "$folder/bad"
code "verify of a truncated file" 1 "$hyperion" model verify "$folder/bad"
says "names the tensor" "truncated: classifier.multiplier does not lie inside" "$out"
cp "$model" "$folder/bad"
printf '\002' | dd of="$folder/bad" bs=1 seek=8 conv=notrunc 2>/dev/null
code "verify of another version" 1 "$hyperion" model verify --json "$folder/bad"
says "names the version" '"ok":false,"error":"the file is of version 2, this program reads version 1' "$out"
done_testing
