#!/bin/sh
# Parameters that cannot be built are refused when the design is elaborated, not found out on a card.
. tests/support/tap.sh

sources=${BUILD:-build}/gen/hw/keccak256.f
elaborate() { verilator --lint-only -Wno-SYMRSVDWORD -f "$sources" --top-module "$@"; }
# refused NAME MESSAGE TOP -GPARAMETER…
refused() {
    name=$1 message=$2
    shift 2
    if said=$(elaborate "$@" 2>&1); then
        not_ok "$name"
    else
        equal "$name" "$message" "$(printf '%s' "$said" | grep -o "$message" | head -n 1)"
    fi
}

for stages in 1 2 3 4 6 8 12 24; do
    check "keccak256 with $stages stages" elaborate keccak256 -GU=$stages
done
refused "keccak256 with 5 stages" "Stages must divide 24" keccak256 -GU=5
refused "a FIFO of 12" "Depth must be a power of two" sync_fifo -GDepth=12
refused "a reorder buffer of 9" "Depth must be a power of two" reorder_buffer -GDepth=9
refused "a read channel that holds no burst" "Depth must hold a burst" axi_read_channel -GDepth=32
refused "a write channel that holds no burst" "Depth must hold a burst" axi_write_channel -GDepth=32

sources=${BUILD:-build}/gen/hw/matmul.f
what='ABeats: two chunks at least'
while read -r rows columns blocks; do
    check "matmul with an array of $rows x $columns and $blocks blocks of rows" \
        elaborate matmul "-GRows=$rows" "-GColumns=$columns" "-GRowTiles=$blocks"
done <<EOF
8 16 1
8 64 4
64 32 2
32 16 2
EOF
refused "matmul with 8 columns" "$what" matmul -GColumns=8
refused "matmul with 4 rows" "$what" matmul -GRows=4
refused "matmul with 128 rows" "$what" matmul -GRows=128
refused "matmul with 16 contexts" "$what" matmul -GRowTiles=4
refused "matmul with room for one chunk of A" "$what" matmul -GABeats=16
done_testing
