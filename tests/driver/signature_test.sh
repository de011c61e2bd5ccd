#!/bin/sh
# hyperion bitstream sign, verify --key and check; signatures against OpenSSL's own command; loads that require one.
set -u
. tests/support/tap.sh
build=${BUILD:-build}
hyperion=$build/bin/hyperion
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

exit_code() { "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; echo $?; }
# says TEXT: what the last command printed, on either stream
says() { cat "$tmp/out" "$tmp/err" | grep -q -e "$1"; }

openssl genpkey -algorithm ed25519 -out "$tmp/key" && openssl pkey -in "$tmp/key" -pubout -out "$tmp/key.pub"
openssl genpkey -algorithm ed25519 -out "$tmp/other" && openssl pkey -in "$tmp/other" -pubout -out "$tmp/other.pub"
openssl genpkey -algorithm x25519 -out "$tmp/x25519" && openssl pkey -in "$tmp/x25519" -pubout -out "$tmp/x25519.pub"
openssl pkey -in "$tmp/key" -aes256 -passout pass:secret -out "$tmp/locked"
printf '#!/bin/sh\nexit 1\n' >"$tmp/simulator"
file=$tmp/f.xclbin
"$hyperion" bitstream pack --kernel tests/driver/adder.json --simulator "$tmp/simulator" -o "$file"

equal "sign" 0 "$(exit_code "$hyperion" bitstream sign --key "$tmp/key" "$file")"
equal "a signature has 64 bytes" 64 "$(stat -c %s "$file.sig")"
equal "verify --key accepts it" 0 "$(exit_code "$hyperion" bitstream verify --key "$tmp/key.pub" "$file")"
check "and says so" says 'signature ok'
check "--json says so" sh -c "'$hyperion' bitstream verify --json --key '$tmp/key.pub' '$file' |
    python3 -c 'import json,sys; o=json.load(sys.stdin); assert o[\"ok\"] and o[\"signed\"]'"
check "OpenSSL accepts it" openssl pkeyutl -verify -pubin -inkey "$tmp/key.pub" -rawin -in "$file" -sigfile "$file.sig"
openssl pkeyutl -sign -inkey "$tmp/key" -rawin -in "$file" -out "$tmp/by-openssl"
check "OpenSSL makes the same" cmp "$tmp/by-openssl" "$file.sig"
equal "sign -o and verify --signature" "0 0" "$(exit_code "$hyperion" bitstream sign --key "$tmp/key" -o "$tmp/apart" "$file") \
$(exit_code "$hyperion" bitstream verify --key "$tmp/key.pub" --signature "$tmp/apart" "$file")"

# Each of these must be refused: one byte anywhere, a length, a key, a signature.
refused() {
    name=$1
    shift
    equal "$name is refused" 1 "$(exit_code "$hyperion" bitstream verify "$@")"
    check "$name: why" says 'the signature is not one of this file by this key'
}
size=$(stat -c %s "$file")
for at in 0 41 420 $((size / 2)) $((size - 1)); do
    cp "$file" "$tmp/changed"
    cp "$file.sig" "$tmp/changed.sig"
    printf '\125' | dd of="$tmp/changed" bs=1 seek="$at" conv=notrunc 2>/dev/null
    refused "a file whose byte $at was changed" --key "$tmp/key.pub" "$tmp/changed"
done
head -c $((size - 1)) "$file" >"$tmp/changed"
refused "a file cut short" --key "$tmp/key.pub" "$tmp/changed"
refused "another key" --key "$tmp/other.pub" "$file"
head -c 63 "$file.sig" >"$tmp/short.sig"
refused "a signature cut short" --key "$tmp/key.pub" --signature "$tmp/short.sig" "$file"
head -c 64 /dev/zero >"$tmp/zero.sig"
refused "a signature of zeros" --key "$tmp/key.pub" --signature "$tmp/zero.sig" "$file"
check "--json has the fault" sh -c "'$hyperion' bitstream verify --json --key '$tmp/other.pub' '$file' |
    python3 -c 'import json,sys; o=json.load(sys.stdin); assert not o[\"ok\"] and o[\"fault\"] == \"signature\"'"

# bad input CODE WORDS ARGUMENT…
bad_input() {
    name=$1 words=$2
    shift 2
    equal "$name is exit code 2" 2 "$(exit_code "$hyperion" bitstream "$@")"
    check "$name: why" says "$words"
}
bad_input "a private key that verifies" 'no public Ed25519 key' verify --key "$tmp/key" "$file"
bad_input "a public key that signs" 'no private Ed25519 key' sign --key "$tmp/key.pub" "$file"
bad_input "a key of another kind" 'no public Ed25519 key' verify --key "$tmp/x25519.pub" "$file"
bad_input "a key behind a passphrase" 'without a passphrase' sign --key "$tmp/locked" "$file"
bad_input "noise for a key" 'no public Ed25519 key' verify --key "$file" "$file"
bad_input "no key file" 'No such file' verify --key "$tmp/nowhere" "$file"
cp "$file" "$tmp/unsigned.xclbin"
bad_input "no signature" 'is not signed' verify --key "$tmp/key.pub" "$tmp/unsigned.xclbin"
bad_input "sign without a key" '--key PRIVATE' sign "$file"
bad_input "signing what is no xclbin" 'simulator' sign --key "$tmp/key" "$tmp/simulator"
bad_input "--signature without --key" '--signature goes with' verify --signature "$tmp/apart" "$file"
bad_input "check of what is no xclbin" 'simulator' check "$tmp/simulator"

# --- check: the file against its place ---
tests/pci/trees.py healthy-u55c "$tmp/tree"
mkdir "$tmp/other-kernels"
for kernel in keccak secp256k1; do
    sed 's/"version": "[0-9.]*"/"version": "0.9.1"/' hw/$kernel/kernel.json >"$tmp/other-kernels/$kernel.json"
done
pack() {
    out=$1 platform=$2
    shift 2
    "$hyperion" bitstream pack "$@" --platform "$platform" --simulator "$tmp/simulator" -o "$out"
}
u55c=xilinx_u55c_gen3x16_xdma_base_3
pack "$tmp/sim.xclbin" $u55c --kernel hw/keccak/kernel.json:2 --kernel hw/secp256k1/kernel.json
# The mode (16 bits at 332) and the interface (16 bytes at 336) as a link for a card sets them.
for_card() {
    cp "$1" "$2"
    printf '\001\000' | dd of="$2" bs=1 seek=332 conv=notrunc 2>/dev/null
    printf '%b' "$3" | dd of="$2" bs=1 seek=336 conv=notrunc 2>/dev/null
}
interface='\0206\054\0160\040\0242\0120\051\076\062\003\0157\031\0225\0146\0151\0345'
for_card "$tmp/sim.xclbin" "$tmp/card.xclbin" "$interface"
pack "$tmp/elsewhere.sim" xilinx_u250_gen3x16_xdma_shell_4_1 --kernel hw/keccak/kernel.json
for_card "$tmp/elsewhere.sim" "$tmp/elsewhere.xclbin" '\001\002\003\004'
pack "$tmp/versions.sim" $u55c --kernel "$tmp/other-kernels/keccak.json" --kernel hw/secp256k1/kernel.json
for_card "$tmp/versions.sim" "$tmp/versions.xclbin" "$interface"
for_card "$file" "$tmp/foreign.xclbin" "$interface"

at_card() { exit_code "$hyperion" bitstream check --sysfs "$tmp/tree" --device 65:00.0 "$1"; }
equal "a file for this card fits" 0 "$(at_card "$tmp/card.xclbin")"
check "on both sides the same interface" says 'interface  862c7020a250293e32036f19956669e5 on both sides'
equal "a file for the simulation fits the simulation" 0 "$(exit_code "$hyperion" bitstream check "$tmp/sim.xclbin")"
equal "but no card" 1 "$(at_card "$tmp/sim.xclbin")"
check "mode: which side, what to do" says 'the file is for hw_emu, the device takes hw'
equal "a file for a card does not fit the simulation" 1 "$(exit_code "$hyperion" bitstream check "$tmp/card.xclbin")"
equal "a file for another card does not fit" 1 "$(at_card "$tmp/elsewhere.xclbin")"
check "platform: both sides" says 'the file is for xilinx_u250_gen3x16_xdma_shell_4_1, the device has xilinx_u55c_gen3x16_xdma_base_3'
check "interface: both sides" says 'the file needs 0102030400000000.*, the device offers 862c'
check "a kernel that is not there is a warning" says 'warn .*ecrecover *not in the file'
equal "another version does not fit" 1 "$(at_card "$tmp/versions.xclbin")"
check "version: both sides" says 'the file has version 0.9.1, this program needs 0'
check "version: what to do" says 'update this program'
equal "somebody else's kernels do not fit" 1 "$(at_card "$tmp/foreign.xclbin")"
check "kernels: why" says 'none of the kernels that this program drives'
check "every finding has cause and remedy" sh -c "'$hyperion' bitstream check --json --sysfs '$tmp/tree' --device xrt:0 '$tmp/elsewhere.xclbin' |
    python3 -c 'import json,sys; o=json.load(sys.stdin); assert o[\"verdict\"] == \"fail\" and all(f[k] for f in o[\"findings\"] for k in (\"fact\",\"cause\",\"remedy\"))'"
equal "a card that is not there is exit code 3" 3 \
    "$(exit_code "$hyperion" bitstream check --sysfs "$tmp/tree" --device 66:00.0 "$tmp/card.xclbin")"

# --- loads that require a signature ---
bitstream=$build/bitstreams/hyperion.hw_emu.xclbin
if [ ! -e "$bitstream" ]; then
    skip "loads that require a signature" "this build has no simulated card for XRT"
    done_testing
    exit
fi
cp "$bitstream" "$tmp/signed.xclbin"
cp "$bitstream" "$tmp/plain.xclbin"
"$hyperion" bitstream sign --key "$tmp/key" "$tmp/signed.xclbin"
printf abc >"$tmp/abc"
load() { exit_code "$hyperion" keccak --device xrt:0 --bitstream "$1" --require-signed "$2" "$tmp/abc"; }
equal "a signed one is loaded" 0 "$(load "$tmp/signed.xclbin" "$tmp/key.pub")"
check "and computes" says 4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45
equal "an unsigned one is refused" 2 "$(load "$tmp/plain.xclbin" "$tmp/key.pub")"
check "unsigned: why and what to do" says 'is not signed.*hyperion bitstream sign'
equal "one signed by another key is refused" 2 "$(load "$tmp/signed.xclbin" "$tmp/other.pub")"
check "another key: why" says 'is refused: the signature is not one of this file'
printf '\125' | dd of="$tmp/signed.xclbin" bs=1 seek=$(($(stat -c %s "$bitstream") / 2)) conv=notrunc 2>/dev/null
equal "a changed one is refused" 2 "$(load "$tmp/signed.xclbin" "$tmp/key.pub")"
equal "no key, no load" 2 "$(load "$tmp/signed.xclbin" "$tmp/nowhere")"
check "no key: why" says 'public key .*nowhere cannot be read'
done_testing
