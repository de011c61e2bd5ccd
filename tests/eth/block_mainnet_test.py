#!/usr/bin/env python3
"""hyperion block over the mainnet blocks of the shared data, on every device of this machine: every hash and root, and
on the CPU every sender, is what the chain says, and so the same on each device."""
import glob
import json
import os
import subprocess
import sys

HYPERION = os.environ.get("BUILD", "build") + "/bin/hyperion"
DATA = os.environ.get("HYP_TEST_DATA", "../shared/data") + "/mainnet-blocks"
DEVICES = ["cpu", "sim:0", "xrt:0"]


class Tap:
    def __init__(self):
        self.count = 0

    def test(self, good, name):
        self.count += 1
        print(f"{'' if good else 'not '}ok {self.count} - {name}")


def compare(got, path, device):
    with open(path.replace(".rlp", ".expect.json"), encoding="ascii") as file:
        want = json.load(file)
    assert got["file"] == path, "order"
    assert got["ok"] is True and got["device"] == device, got
    assert got["number"] == want["number"], "number"
    assert got["hash"] == want["hash"], "hash"
    assert got["transactions"] == len(want["transactions"]), "transactions"
    assert got["transactions_root"] == want["transactionsRoot"], "transactions root"
    assert got["withdrawals_root"] == want.get("withdrawalsRoot"), "withdrawals root"
    assert got["keccak"]["items"] > got["transactions"], "items"
    assert [tx["hash"] for tx in got["txs"]] == [tx["hash"] for tx in want["transactions"]], "txs"
    if got["senders"]:
        assert got["senders"] == {"recovered": got["transactions"], "failed": 0}, "senders"
        assert [tx["sender"] for tx in got["txs"]] == [tx["from"] for tx in want["transactions"]], "sender"


def listed_devices():
    run = subprocess.run([HYPERION, "devices", "--json"], stdout=subprocess.PIPE, check=True)
    return {json.loads(line)["name"] for line in run.stdout.splitlines()}


def check_device(tap, device, files):
    # A simulated recovery takes milliseconds: the senders of all blocks are for the CPU.
    options = ["--json", "--txs"] if device == "cpu" else ["--json", "--txs", "--no-senders"]
    run = subprocess.run([HYPERION, "block", "--device", device, *options, *files],
                         stdout=subprocess.PIPE, check=False)
    lines = run.stdout.splitlines()
    tap.test(run.returncode == 0, f"{device}: exit code {run.returncode}")
    tap.test(len(lines) == len(files), f"{device}: {len(lines)} objects")
    for path, line in zip(files, lines):
        name = f"{device}: {os.path.basename(path)}"
        try:
            compare(json.loads(line), path, device)
            tap.test(True, name)
        except (AssertionError, KeyError, ValueError) as problem:
            tap.test(False, f"{name}: {problem}")


def main():
    tap = Tap()
    files = sorted(glob.glob(DATA + "/*.rlp"))
    listed = listed_devices()
    for device in DEVICES:
        if not files:
            tap.test(True, f"mainnet blocks on {device} # SKIP no {DATA}")
        elif device not in listed:
            tap.test(True, f"mainnet blocks on {device} # SKIP this machine has no {device}")
        else:
            check_device(tap, device, files)
    print(f"1..{tap.count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
