#!/bin/sh
# hyperion program on the simulated card behind XRT; what reset refuses before it changes anything.
set -u
. tests/support/tap.sh
build=${BUILD:-build}
hyperion=$build/bin/hyperion
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

exit_code() { "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; echo $?; }
says() { cat "$tmp/out" "$tmp/err" | grep -q -e "$1"; }

equal "reset wants a device" 2 "$(exit_code "$hyperion" reset)"
equal "one kind of reset" 2 "$(exit_code "$hyperion" reset --hot --flr 65:00.0)"
equal "no such address" 3 "$(exit_code "$hyperion" reset fe:1f.7)"
check "and what to do" says 'nothing is at PCI address 0000:fe:1f.7: '
equal "a simulated card is no PCI device" 2 "$(exit_code "$hyperion" reset sim:0)"
equal "program wants a file" 2 "$(exit_code "$hyperion" program)"
equal "the CPU takes no xclbin" 2 "$(exit_code "$hyperion" program --device cpu "$tmp/none")"
equal "a file that is not there" 2 "$(exit_code "$hyperion" program "$tmp/none")"
printf 'no xclbin' >"$tmp/noise"
equal "a file that is no xclbin" 2 "$(exit_code "$hyperion" program "$tmp/noise")"

bitstream=$build/bitstreams/hyperion.hw_emu.xclbin
if [ ! -e "$bitstream" ] || ls /sys/bus/pci/drivers/xocl/*:* >/dev/null 2>&1; then
    skip "program the simulated card" "this build has no simulated card for XRT, or the machine has a real one"
    done_testing
    exit
fi
head -c 100000 "$bitstream" >"$tmp/cut"
equal "a file cut short" 2 "$(exit_code "$hyperion" program "$tmp/cut")"
printf '#!/bin/sh\nexit 1\n' >"$tmp/simulator"
"$hyperion" bitstream pack --kernel tests/driver/adder.json --simulator "$tmp/simulator" -o "$tmp/foreign"
equal "somebody else's kernels do not fit" 1 "$(exit_code "$hyperion" program "$tmp/foreign")"
check "why" says 'none of the kernels that this program drives'
equal "program" 0 "$(exit_code "$hyperion" program --json "$bitstream")"
check "what it holds" python3 -c '
import json, sys
loaded = json.load(open(sys.argv[1]))
assert loaded["ok"] and loaded["simulated"] and loaded["device"] == "xrt:0" and len(loaded["uuid"]) == 36
assert {"keccak256", "ecrecover"} <= {op["op"] for op in loaded["ops"]}' "$tmp/out"
done_testing
