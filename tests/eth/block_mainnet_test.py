#!/usr/bin/env python3
"""hyperion block over the mainnet blocks of the shared data, on every device of this machine: every hash and root, and
on the CPU every sender, is what the chain says, and so the same on each device."""
import sys

sys.dont_write_bytecode = True  # before the import: the tree stays clean
import mainnet


def main():
    tap = mainnet.Tap()
    paths = mainnet.files()
    for device in ("cpu", "sim:0", "xrt:0", "opencl:0"):
        reason = mainnet.why_not(device, paths)
        if reason:
            tap.skip(f"mainnet blocks on {device}", reason)
        else:
            # A simulated recovery takes milliseconds: for those there is card_senders_test.py.
            mainnet.check(tap, device, paths, *([] if device == "cpu" else ["--no-senders"]))
    tap.done()


main()
