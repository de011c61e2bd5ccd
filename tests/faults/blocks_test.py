#!/usr/bin/env python3
"""Every mainnet block of the shared data, with its senders, on cards that fail: one dies, one lies, and what comes out
is what the chain says."""
import os
import sys

sys.dont_write_bytecode = True  # before the import: the tree stays clean
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "eth"))
import mainnet

FAULTS = {
    "sim:0,sim:1,cpu": ("sim:0:die@2", "sim:1:bitflip=1e-3"),
    "xrt:0,opencl:0,cpu": ("xrt:0:drop@1", "opencl:0:die@2"),
}


def main():
    tap = mainnet.Tap()
    paths = mainnet.files()
    for device, faults in FAULTS.items():
        reason = next((why for member in device.replace("sim:1,", "").split(",")
                       if (why := mainnet.why_not(member, paths))), None)
        if reason:
            tap.skip(f"mainnet blocks on {device}", reason)
        else:
            orders = [word for fault in faults for word in ("--fault", fault)]
            mainnet.check(tap, device, paths, "--verify", "strict", "--timeout", "12", *orders)
    tap.done()


main()
