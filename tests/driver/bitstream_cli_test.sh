#!/bin/sh
# hyperion bitstream: exit codes, messages, determinism; several files; damaged ones.
. tests/support/tap.sh
hyperion=$PWD/${BUILD:-build}/bin/hyperion
tree=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
good=$folder/good.xclbin

printf '#!/bin/sh\nexit 0\n' > "$folder/simulator"

pack() { "$hyperion" bitstream pack "$@"; }
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

code "pack" 0 pack --kernel tests/driver/adder.json:2 --simulator "$folder/simulator" -o "$good" \
    --kernel tests/driver/copier.json --name golden --version 1.0
equal "pack says nothing" "" "$out$err"
code "pack from another folder" 0 sh -c "cd '$folder' && '$hyperion' bitstream pack \
    --simulator simulator --output again.xclbin --kernel '$tree/tests/driver/adder.json:2' \
    --kernel '$tree/tests/driver/copier.json:1' --name golden --version 1.0"
check "the same inputs give the same bytes" cmp "$good" "$folder/again.xclbin"
equal "no temporary is left" "" "$(find "$folder" -name '*.xclbin.*')"

code "pack with another version" 0 pack --kernel tests/driver/adder.json:2 --version 7.0 \
    --simulator "$folder/simulator" -o "$folder/other.xclbin"
uuid() { "$hyperion" bitstream verify --json "$1" | sed 's/.*"uuid":"\([^"]*\)".*/\1/'; }
check "another content has another uuid" [ "$(uuid "$good")" != "$(uuid "$folder/other.xclbin")" ]

code "verify" 0 "$hyperion" bitstream verify "$good"
equal "verify prints ok" "$good: ok (golden 1.0, hw_emu, $(uuid "$good"))" "$out"

head -c 3000 "$good" > "$folder/short.xclbin"
code "verify of a truncated file" 1 "$hyperion" bitstream verify "$folder/short.xclbin"
check "names the truncation" sh -c "echo '$out' | grep -q 'short.xclbin: truncated: '"
code "inspect of a truncated file" 2 "$hyperion" bitstream inspect "$folder/short.xclbin"
equal "inspect prints nothing for it" "" "$out"
code "verify goes on after a missing file" 2 \
    "$hyperion" bitstream verify --json "$folder/none" "$folder/short.xclbin" "$good"
equal "one object a file" 3 "$(echo "$out" | wc -l)"
equal "the missing file is told" "{\"file\":\"$folder/none\",\"error\":\"No such file or directory\"}" \
    "$(echo "$out" | sed -n 1p)"
equal "the bad file is told" '"ok":false,"fault":"truncated","section":"header"' \
    "$(echo "$out" | sed -n 2p | grep -o '"ok":false,"fault":"truncated","section":"header"')"
equal "the good file is told" '"ok":true' "$(echo "$out" | sed -n 3p | grep -o '"ok":true')"
code "1 for a verdict no among yes" 1 "$hyperion" bitstream verify "$folder/short.xclbin" "$good"
: > "$folder/empty"
code "an empty file" 1 "$hyperion" bitstream verify "$folder/empty"
code "a folder is no file" 2 "$hyperion" bitstream verify "$folder"

odd=$folder/$(printf 'odd\377"name')
cp "$good" "$odd"
code "a file whose name is not UTF-8" 2 "$hyperion" bitstream verify --json "$odd" "$odd.none"
equal "both objects name it" "$folder/odd?\"name $folder/odd?\"name.none" "$(echo "$out" |
    python3 -c 'import json, sys; print(*(json.loads(line)["file"] for line in sys.stdin))')"

code "no arguments" 2 "$hyperion" bitstream
code "unknown action" 2 "$hyperion" bitstream unpack
check "unknown action is told" sh -c "echo '$err' | grep -q unpack"
code "verify without file" 2 "$hyperion" bitstream verify
code "verify with an unknown option" 2 "$hyperion" bitstream verify --jsn "$good"
code "pack without anything" 2 pack
code "pack without output" 2 pack --kernel tests/driver/adder.json --simulator "$folder/simulator"
code "pack with 0 units" 2 pack --kernel tests/driver/adder.json:0 --simulator "$folder/simulator" \
    -o "$folder/x"
code "pack with too many units" 2 pack --kernel tests/driver/adder.json:65 \
    --simulator "$folder/simulator" -o "$folder/x"
code "pack without the kernel" 2 pack --kernel "$folder/none.json" --simulator "$folder/simulator" \
    -o "$folder/x"
code "pack of a kernel that is not JSON" 2 pack --kernel "$folder/simulator" \
    --simulator "$folder/simulator" -o "$folder/x"
check "the message names the file" sh -c "echo '$err' | grep -q '$folder/simulator: not JSON'"
code "pack without the simulator" 2 pack --kernel tests/driver/adder.json --simulator "$folder/none" \
    -o "$folder/x"
code "pack into no folder" 2 pack --kernel tests/driver/adder.json --simulator "$folder/simulator" \
    -o "$folder/none/x"
code "pack with a spare argument" 2 pack --kernel tests/driver/adder.json \
    --simulator "$folder/simulator" -o "$folder/x" spare
code "pack with a bad platform" 2 pack --kernel tests/driver/adder.json --platform "a b" \
    --simulator "$folder/simulator" -o "$folder/x"
check "a failed pack leaves no file" [ ! -e "$folder/x" ]

seal() { "$hyperion" bitstream seal "$@"; }
kernels="--kernel tests/driver/adder.json:2 --kernel tests/driver/copier.json"
# shellcheck disable=SC2086 # several words
code "seal" 0 seal $kernels --name sealed --version 2 "$good" -o "$folder/sealed.xclbin"
code "what was sealed verifies" 0 "$hyperion" bitstream verify "$folder/sealed.xclbin"
check "under its new name" sh -c "echo '$out' | grep -q 'ok (sealed 2, hw_emu, '"
# shellcheck disable=SC2086
code "sealed again under the old name" 0 seal $kernels --name golden --version 1.0 "$folder/sealed.xclbin" \
    -o "$folder/again.xclbin"
check "it is the old container" cmp "$good" "$folder/again.xclbin"
code "seal with a kernel missing" 2 seal --kernel tests/driver/adder.json:2 "$good" -o "$folder/x"
check "tells the unit" sh -c "echo '$err' | grep -q 'unit copier:copier_1, of a kernel that was not given'"
code "seal with another count" 2 seal --kernel tests/driver/adder.json:3 "$good" -o "$folder/x"
# shellcheck disable=SC2086
code "seal of a truncated file" 2 seal $kernels "$folder/short.xclbin" -o "$folder/x"
# shellcheck disable=SC2086
code "seal without a file" 2 seal $kernels -o "$folder/x"
# shellcheck disable=SC2086
code "seal with two files" 2 seal $kernels "$good" "$good" -o "$folder/x"
# shellcheck disable=SC2086
code "seal takes no simulator" 2 seal $kernels --simulator "$folder/simulator" "$good" -o "$folder/x"
check "a failed seal leaves no file" [ ! -e "$folder/x" ]

for action in "" pack seal inspect verify; do
    # shellcheck disable=SC2086 # one word or none
    code "help of ${action:-bitstream}" 0 "$hyperion" bitstream $action --help
    check "with an example" sh -c "grep -q '^example: hyperion bitstream' '$folder/out'"
done

check "inspect --json and the container agree with an independent reader" \
    tests/driver/container_check.py "$hyperion" "$good" tests/driver/inspect.golden.json
done_testing
