#!/usr/bin/env python3
"""Senders of mainnet blocks on the simulated cards: of at least 512 transactions in process and 100 behind XRT, 30 behind
OpenCL, or of
all blocks where HYP_ALL_SENDERS is set (make soak)."""
import os
import sys

sys.dont_write_bytecode = True  # before the import: the tree stays clean
import mainnet


def some(paths, senders):
    """Small blocks from all times that have that many transactions together."""
    chosen, count = [], 0
    for path in sorted(paths, key=lambda path: abs(len(mainnet.expected(path)["transactions"]) - 60)):
        if count < senders:
            chosen.append(path)
            count += len(mainnet.expected(path)["transactions"])
    return chosen


def main():
    tap = mainnet.Tap()
    paths = mainnet.files()
    for device, senders in (("sim:0", 512), ("xrt:0", 100), ("opencl:0", 30)):
        name = f"senders on {device}"
        reason = mainnet.why_not(device, paths)
        if not reason and not mainnet.block(device, paths[:1])[1][0]["senders"]:
            reason = f"{device} has no ecrecover"
        if reason:
            tap.skip(name, reason)
        else:
            chosen = paths if os.environ.get("HYP_ALL_SENDERS") else some(paths, senders)
            lines = mainnet.check(tap, device, chosen, "--timeout", "600")
            recovered = sum(line["senders"]["recovered"] for line in lines)
            tap.test(recovered >= senders, f"{name}: {recovered}")
    tap.done()


main()
