#!/bin/sh
# kernel.json files: what is generated from them is current, and nonsense is refused.
. tests/support/tap.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
generate() { python3 hw/common/tools/kernelgen.py "$@"; }
# refused NAME SED-EXPRESSION: keccak's kernel.json, edited, must be refused
refused() {
    sed "$2" hw/keccak/kernel.json >"$folder/bad.json"
    if cmp -s "$folder/bad.json" hw/keccak/kernel.json; then
        not_ok "$1: the edit changed nothing"
    elif generate c "$folder/bad.json" >/dev/null 2>&1; then
        not_ok "$1"
    else
        ok "$1"
    fi
}

for kernel in hw/*/kernel.json; do
    check "$(dirname "$kernel")/README.md has the current register table" generate check "$kernel" "$(dirname "$kernel")/README.md"
    generate c "$kernel" -o "$folder/kernel.h"
    check "the header of $kernel compiles" gcc -std=c17 -Wall -Werror -fsyntax-only "$folder/kernel.h"
done
sed 's/0x00c | isr/0x00d | isr/' hw/keccak/README.md >"$folder/README.md"
if generate check hw/keccak/kernel.json "$folder/README.md" 2>/dev/null; then
    not_ok "a stale table is noticed"
else
    ok "a stale table is noticed"
fi
refused "overlapping registers" 's/"0x1c"/"0x14"/'
refused "an unaligned offset" 's/"0x28"/"0x2a"/'
refused "an offset beyond the range" 's/"0xff4"/"0x1000"/'
refused "a version that is not M.m.p" 's/"0.2.0"/"0.2"/'
refused "a port that does not exist" 's/"port": "m_axi_gmem"/"port": "m_axi_other"/'
refused "argument ids out of order" 's/{"id": 1,/{"id": 7,/'
refused "a missing name" 's/"name": "keccak256"/"nome": "keccak256"/'
done_testing
