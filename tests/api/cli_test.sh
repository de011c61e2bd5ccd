#!/bin/sh
# The command: digests, errors, exit codes.
set -u
. tests/support/tap.sh
hyperion=${BUILD:-build}/bin/hyperion
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

exit_code() { "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; echo $?; }

equal "no command is a usage error" 2 "$(exit_code "$hyperion")"
equal "unknown command is a usage error" 2 "$(exit_code "$hyperion" frobnicate)"
equal "--help" 0 "$(exit_code "$hyperion" --help)"
check "--help has an example" grep -q '^example: ' "$tmp/out"
for command in keccak devices bench stats; do
    equal "$command --help" 0 "$(exit_code "$hyperion" $command --help)"
    check "$command --help has an example" grep -q '^example: ' "$tmp/out"
    equal "$command refuses an unknown option" 2 "$(exit_code "$hyperion" $command --no-such-option)"
done

abc=4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45
empty=c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
equal "keccak of standard input" "$abc  -" "$(printf abc | "$hyperion" keccak)"
printf abc >"$tmp/abc"
: >"$tmp/empty"
equal "keccak of files" "$abc  $tmp/abc
$empty  $tmp/empty" "$("$hyperion" keccak "$tmp/abc" "$tmp/empty")"
equal "a missing file does not stop the rest" "$abc  $tmp/abc" \
    "$("$hyperion" keccak "$tmp/missing" "$tmp/abc" 2>"$tmp/err")"
check "the missing file is named" grep -q "$tmp/missing: No such file" "$tmp/err"
equal "a missing file is exit code 2" 2 "$(exit_code "$hyperion" keccak "$tmp/missing")"
equal "unknown device is exit code 2" 2 "$(exit_code "$hyperion" keccak --device gpu "$tmp/abc")"
equal "absent device is exit code 3" 3 "$(exit_code "$hyperion" keccak --device sim:99 "$tmp/abc")"

equal "keccak --lines" "$abc
$empty
$abc" "$(printf '616263\n\n0x616263\n' | "$hyperion" keccak --lines)"
equal "keccak --lines without a last newline" "$abc" "$(printf '616263' | "$hyperion" keccak --lines)"
printf '616263\n61626\nxx\n616263\n' >"$tmp/lines"
equal "a line that is not hex keeps its place" "$abc
error: not hex at column 6
error: not hex at column 1
$abc" "$("$hyperion" keccak --lines "$tmp/lines" 2>/dev/null)"
equal "a line that is not hex is exit code 2" 2 "$(exit_code "$hyperion" keccak --lines "$tmp/lines")"
check "its number is told" grep -q "$tmp/lines:3: not hex at column 1" "$tmp/err"
head -c 6000000 /dev/zero | tr '\0' 'a' >"$tmp/long"
equal "a line longer than a batch" "$(tr -d '\n' <"$tmp/long" | sed 's/aa/\xaa/g' | "$hyperion" keccak | cut -c1-64)" \
    "$("$hyperion" keccak --lines "$tmp/long")"
yes 616263 | head -n 100000 >"$tmp/many"
equal "100,000 lines" "100000 $abc" "$("$hyperion" keccak --lines "$tmp/many" | sort | uniq -c | tr -s ' ' | sed 's/^ //')"
equal "a full disk is told" 3 "$("$hyperion" keccak "$tmp/abc" >/dev/full 2>/dev/null; echo $?)"

check "bench prints JSON" sh -c "'$hyperion' bench --device cpu --op keccak --count 1000 --json | \
    python3 -c 'import json,sys; o=json.load(sys.stdin); assert o[\"count\"] >= 1000 and o[\"items_per_second\"] > 0'"
check "bench tells when the first item of a batch could be read" sh -c "'$hyperion' bench --device cpu --op recover \
    --count 3000 --json | grep -q '\"first_item_seconds\":[0-9]'"
check "bench takes batches as they are done, not as they were submitted" "$hyperion" bench --device cpu --op keccak \
    --batch 4096 --threads 8 --count 2000000
check "bench multiplies" sh -c "'$hyperion' bench --device cpu --op matmul --shape 3x70x130 --batch 2 --json | \
    python3 -c 'import json,sys; o=json.load(sys.stdin); assert o[\"shape\"] == \"3x70x130\" and o[\"products_per_second\"] > 0'"
equal "bench of matmul without a shape" 2 "$(exit_code "$hyperion" bench --op matmul)"
equal "a shape that is none" 2 "$(exit_code "$hyperion" bench --op matmul --shape 3x70)"
equal "bench names its ops" 2 "$(exit_code "$hyperion" bench --op frobnicate)"
export XDG_STATE_HOME="$tmp/state"
equal "stats without a record is exit code 2" 2 "$(exit_code "$hyperion" stats)"
check "that says where it looked" grep -q "$tmp/state/hyperion/stats: No such file" "$tmp/err"
"$hyperion" keccak --device cpu,cpu "$tmp/abc" >/dev/null
equal "stats of the last command" 0 "$(exit_code "$hyperion" stats)"
check "name it, devices and ops" sh -c "grep -q '^hyperion keccak, ' '$tmp/out' && grep -q '^cpu .*keccak256 ' '$tmp/out'"
"$hyperion" keccak --device cpu --lines --stats "$tmp/stats" "$tmp/many" >/dev/null
check "stats --json" sh -c "'$hyperion' stats --json '$tmp/stats' | python3 -c '
import json,sys; d=json.load(sys.stdin)[\"devices\"]
assert d[0][\"state\"] == \"ready\" and d[0][\"ops\"][0][\"items\"] == 100000, d
assert 0 < d[0][\"ops\"][0][\"run\"][\"p50_ns\"] <= d[0][\"ops\"][0][\"run\"][\"p99_ns\"]'"
equal "stats --prometheus" 'hyperion_items_total{device="cpu",op="keccak256"} 100000' \
    "$("$hyperion" stats --prometheus "$tmp/stats" | grep ^hyperion_items_total)"
equal "every series has a type" "" "$("$hyperion" stats --prometheus "$tmp/stats" | python3 -c '
import re,sys
text = sys.stdin.read()
for name in sorted(set(re.findall(r"^(hyperion_\w+?)(?:_bucket|_sum|_count)?\{", text, re.M))):
    if f"# TYPE {name} " not in text: print(name)')"
head -c 1000 "$tmp/stats" >"$tmp/short"
equal "a record cut short is refused" 2 "$(exit_code "$hyperion" stats "$tmp/short")"
equal "so is another file" 2 "$(exit_code "$hyperion" stats "$tmp/many")"
equal "a record that cannot be written is told, and harms nothing" 0 \
    "$(exit_code "$hyperion" keccak --device cpu --stats "$tmp/no/such/stats" "$tmp/abc")"
check "with its name" grep -q "$tmp/no/such/stats: what devices did cannot be kept" "$tmp/err"
check "devices --json" sh -c "'$hyperion' devices --json | \
    python3 -c 'import json,sys; names=[json.loads(l)[\"name\"] for l in sys.stdin]; assert \"cpu\" in names'"
done_testing
