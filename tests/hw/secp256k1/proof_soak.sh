#!/bin/sh
# The proofs of the recovery core's additions; TAP.
exec python3 hw/secp256k1/formal/prove.py "${BUILD:-build}/gen/hw/secp256k1/secp256k1_pkg.sv"
