#!/bin/sh
# hyperion block: the form of what it prints, and its exit codes. The blocks are made by tools/make_block.c.
set -u
. tests/support/tap.sh
hyperion=${BUILD:-build}/bin/hyperion
blocks=${BUILD:-build}/tests/eth/blocks
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block ARGUMENTS…: runs it; leaves stdout in $work/out, stderr in $err, the exit code in $code.
block() {
    "$hyperion" block --device cpu "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    err=$(cat "$work/err")
}

# changed FILE KEY: a copy of a made block in which the hash that EXPECT.json has under KEY has one bit flipped.
changed() {
    python3 - "$blocks/prague" "$2" "$1" <<'EOF'
import json, sys
name, key, out = sys.argv[1:]
rlp = bytearray(open(name + ".rlp", "rb").read())
at = rlp.index(bytes.fromhex(json.load(open(name + ".expect.json"))[key][2:]))
rlp[at + 31] ^= 1
open(out, "wb").write(rlp)
EOF
}

# json EXPRESSION [ARGUMENT…]: whether it holds for `lines`, the objects that were printed.
json() {
    python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert eval("(" + sys.argv[2] + ")"), lines' "$work/out" "$@"
}

head -c 2000 "$blocks/prague.rlp" >"$work/cut.rlp"
{ cat "$blocks/prague.rlp"; printf '\200'; } >"$work/long.rlp"
: >"$work/empty.rlp"
changed "$work/wrong.rlp" transactionsRoot
changed "$work/wrong-withdrawals.rlp" withdrawalsRoot

block --json "$blocks/prague.rlp"
equal "a good block: exit 0" 0 "$code"
equal "a good block: nothing on stderr" "" "$err"
check "a good block: the keys" json 'list(lines[0]) == ["file", "number", "hash", "transactions",
    "transactions_root", "transactions_root_ok", "withdrawals_root", "withdrawals_root_ok", "uncles_hash_ok", "senders",
    "ok", "device", "keccak"] and set(lines[0]["keccak"]) == {"items", "permutations", "batches"}'
check "a good block: the values" json 'all(lines[0][key] == want for key, want in {
    "file": "'"$blocks"'/prague.rlp", "number": 22500000, "transactions": 18, "transactions_root_ok": True,
    "withdrawals_root_ok": True, "ok": True, "device": "cpu"}.items())'
check "a good block: what was expected" json 'lines[0]["hash"] == json.load(open("'"$blocks"'/prague.expect.json"))["hash"]'

block --json "$blocks/london.rlp"
check "no withdrawals: null" json 'lines[0]["withdrawals_root"] is None and lines[0]["withdrawals_root_ok"] is None
    and lines[0]["ok"] is True'

block --json --txs "$blocks/prague.rlp"
check "--txs: a hash for each transaction" json '[tx["hash"] for tx in lines[0]["txs"]] == [tx["hash"] for tx in
    json.load(open("'"$blocks"'/prague.expect.json"))["transactions"]]'

block --json "$blocks"/*.rlp
equal "several files: exit 0" 0 "$code"
check "several files: all ok, in order" json 'len(lines) == 6 and all(line["ok"] for line in lines) and
    [line["file"] for line in lines] == sorted(line["file"] for line in lines)'

# header [hash, hash, address, 4 hashes, bloom, 0, 2^64 - 1, 0, 0, 0, "", hash, nonce], no lists filled
python3 - "$work/number.rlp" <<'EOF'
import sys
def prefix(base, size):
    return bytes([base + size]) if size < 56 else bytes([base + 57, size >> 8, size & 255])
def text(size, byte=0):
    return prefix(0x80, size) + bytes([byte]) * size
header = b"".join(map(text, [32, 32, 20, 32, 32, 32, 256, 0])) + text(8, 255) + b"".join(map(text, [0, 0, 0, 0, 32, 8]))
block = prefix(0xc0, len(header)) + header + b"\xc0\xc0"
open(sys.argv[1], "wb").write(prefix(0xc0, len(block)) + block)
EOF
block --json "$work/number.rlp"
equal "number 2^64 - 1: exit 1, the roots are wrong" 1 "$code"
check "number 2^64 - 1: not negative" json 'int(lines[0]["number"]) == 2**64 - 1'

odd="$work/$(printf 'odd\377\303\244')"
cp "$blocks/london.rlp" "$odd.rlp"
block --json "$odd.rlp" "$odd-missing.rlp"
check "a name that is not UTF-8 does not swallow the verdict" json 'lines[0]["ok"] is True and
    lines[0]["file"].endswith("odd???.rlp") and "No such file" in lines[1]["error"]'

# Groups have at most 64 files: what does not fit goes on in the next one, in order.
set --
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
    set -- "$@" "$blocks"/*.rlp "$work/missing.rlp"
done
block --json "$@"
equal "91 files, 13 of them missing: exit 2" 2 "$code"
check "91 files: all in order" json '[line["file"] for line in lines] == sys.argv[3:]' "$@"
check "91 files: good and bad ones" json 'sum(line.get("ok") is True for line in lines) == 78 and
    sum("error" in line for line in lines) == 13'

block --json "$work/wrong.rlp"
equal "wrong transactions root: exit 1" 1 "$code"
check "wrong transactions root: said in JSON" json 'lines[0]["ok"] is False and
    lines[0]["transactions_root_ok"] is False and lines[0]["withdrawals_root_ok"] is True'
check "wrong transactions root: the one that was computed" json 'lines[0]["transactions_root"] ==
    json.load(open("'"$blocks"'/prague.expect.json"))["transactionsRoot"]'
equal "wrong transactions root: one line on stderr" 1 "$(wc -l <"$work/err")"
check "wrong transactions root: both roots are named" grep -q "wrong.rlp: the header has transactions root 0x.*, the block gives 0x" "$work/err"

block --json "$work/wrong-withdrawals.rlp"
equal "wrong withdrawals root: exit 1" 1 "$code"
check "wrong withdrawals root: said in JSON" json 'lines[0]["ok"] is False and
    lines[0]["transactions_root_ok"] is True and lines[0]["withdrawals_root_ok"] is False'

for case in "missing.rlp No such file" "cut.rlp truncated.*at byte" "long.rlp trailing bytes, at byte" \
    "empty.rlp truncated.*at byte 0"; do
    file=${case%% *}
    block --json "$work/$file" "$blocks/cancun.rlp"
    equal "$file: exit 2" 2 "$code"
    check "$file: {\"file\",\"error\"}, and the rest is done" json 'set(lines[0]) == {"file", "error"} and
        lines[0]["file"] == "'"$work/$file"'" and lines[1]["ok"] is True'
    equal "$file: one line on stderr" 1 "$(wc -l <"$work/err")"
    check "$file: the line says what is wrong" grep -q "^hyperion block: $work/$file: .*${case#* }" "$work/err"
done

make_block=${BUILD:-build}/tools/make-block
"$make_block" --fork prague --transactions 8 --high-s 5 "$work/high.rlp" "$work/high.expect.json"
"$make_block" --fork frontier --transactions 8 --high-s 5 "$work/old.rlp" "$work/old.expect.json"
block --json --txs "$work/high.rlp"
if json 'lines[0]["senders"] is None' 2>/dev/null; then
    skip "senders" "this device has no ecrecover"
else
    equal "a high s after Homestead: exit 1" 1 "$code"
    check "a high s after Homestead: that transaction has no sender" json 'lines[0]["ok"] is False and
        lines[0]["senders"] == {"recovered": 7, "failed": 1} and "sender" not in lines[0]["txs"][5] and
        lines[0]["txs"][5]["error"] == "high_s" and lines[0]["transactions_root_ok"] is True'
    check "a high s after Homestead: the line says so" grep -q "sender of transaction 5 .* high_s" "$work/err"
    block --json --txs "$work/old.rlp"
    equal "a high s before Homestead: exit 0" 0 "$code"
    check "a high s before Homestead: the same senders" json '[tx["sender"] for tx in lines[0]["txs"]] ==
        [tx["from"] for tx in json.load(open("'"$work"'/old.expect.json"))["transactions"]]'
    block --json --txs "$blocks"/*.rlp
    check "every fork: all senders" json 'all([tx["sender"] for tx in line["txs"]] ==
        [tx["from"] for tx in json.load(open(line["file"][:-4] + ".expect.json"))["transactions"]] for line in lines)'
    block --json --no-senders "$work/high.rlp"
    equal "--no-senders: exit 0" 0 "$code"
    check "--no-senders: null" json 'lines[0]["senders"] is None'
fi

block --json "$work" "$blocks/cancun.rlp"
equal "a folder: exit 2" 2 "$code"

block --json "$work/wrong.rlp" "$work/cut.rlp"
equal "2 beats 1" 2 "$code"

block "$blocks/prague.rlp" "$work/cut.rlp" "$work/wrong.rlp"
equal "table: exit 2" 2 "$code"
check "table: good block" grep -q "^  22500000     18     ok           ok .* cpu .* ms  0x" "$work/out"
check "table: wrong root" grep -q "^  22500000     18  WRONG           ok " "$work/out"
check "table: totals" grep -q "^3 blocks, 36 transactions: 1 WRONG, 1 not checked\." "$work/out"
check "table: no escape sequences" sh -c "! grep -q '$(printf '\033')' '$work/out'"

"$hyperion" block --device cpu --json - <"$blocks/prague.rlp" >"$work/out" 2>"$work/err"
equal "standard input: exit 0" 0 $?
check "standard input: ok" json 'lines[0]["file"] == "-" and lines[0]["ok"] is True'

block
equal "no file: exit 2" 2 "$code"
block --nonsense "$blocks/prague.rlp"
equal "unknown option: exit 2" 2 "$code"
block --device nonsense "$blocks/prague.rlp"
check "unknown device: exit 2 or 3, and a message" test "$code" -ge 2 -a -n "$err"
block --help
equal "--help: exit 0" 0 "$code"
check "--help: usage" grep -q "^usage: hyperion block" "$work/out"

if [ -w /dev/full ]; then
    "$hyperion" block --device cpu --json "$blocks/prague.rlp" >/dev/full 2>"$work/err"
    equal "full disk: exit 3" 3 $?
else
    skip "full disk" "no /dev/full"
fi
done_testing
