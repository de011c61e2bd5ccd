#!/bin/sh
# The whole XRT path under valgrind: command, library, helper with XRT, simulated card. Nothing may be found but what
# xrt.supp explains.
set -u
. tests/support/tap.sh
build=${BUILD:-build}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

if ! command -v valgrind >/dev/null; then
    skip "valgrind" "valgrind is not installed"
    done_testing
    exit
fi

# A bitstream with keccak256 alone: the known answers of ecrecover, some 79,000 cycles, take valgrind longer than
# an opening may last on a loaded machine, and go the same way.
"$build/bin/hyperion" bitstream pack --kernel hw/keccak/kernel.json \
    --simulator "$build/bitstreams/hyperion-sim-card" -o "$logs/keccak256.xclbin"

# -q: a log holds complaints only. Absolute paths, because XRT starts the simulated card in another folder.
printf abc >"$logs/message"
digest=$(valgrind -q --vgdb=no --trace-children=yes --error-exitcode=99 --suppressions="$PWD/tests/xrt/xrt.supp" \
    --log-file="$logs/%p.log" "$build/bin/hyperion" keccak --device xrt:0 \
    --bitstream "$logs/keccak256.xclbin" "$logs/message" | cut -d' ' -f1)
equal "the digest of abc" 4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45 "$digest"
# An arena of reserved addresses is large, which valgrind remarks on.
complaints=$(grep -hv 'Warning: set address range perms: large range' "$logs"/*.log)
equal "complaints of valgrind" "" "$complaints"
equal "processes that were watched" yes "$([ "$(find "$logs" -name '*.log' | wc -l)" -ge 3 ] && echo yes)"
done_testing
