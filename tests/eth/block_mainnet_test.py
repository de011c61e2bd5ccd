#!/usr/bin/env python3
"""hyperion block over the mainnet blocks of the shared data: every hash and root, on the CPU.

HYP_BLOCK_DEVICE and HYP_BLOCK_FILES choose another device and a smaller number of blocks."""
import glob
import json
import os
import subprocess
import sys

HYPERION = os.environ.get("BUILD", "build") + "/bin/hyperion"
DATA = os.environ.get("HYP_TEST_DATA", "../shared/data") + "/mainnet-blocks"
DEVICE = os.environ.get("HYP_BLOCK_DEVICE", "cpu")


def compare(got, path):
    with open(path.replace(".rlp", ".expect.json"), encoding="ascii") as file:
        want = json.load(file)
    assert got["file"] == path, "order"
    assert got["ok"] is True and got["device"].startswith(DEVICE), got
    assert got["number"] == want["number"], "number"
    assert got["hash"] == want["hash"], "hash"
    assert got["transactions"] == len(want["transactions"]), "transactions"
    assert got["transactions_root"] == want["transactionsRoot"], "transactions root"
    assert got["withdrawals_root"] == want.get("withdrawalsRoot"), "withdrawals root"
    assert got["keccak"]["items"] > got["transactions"], "items"
    assert [tx["hash"] for tx in got["txs"]] == [tx["hash"] for tx in want["transactions"]], "txs"


def main():
    files = sorted(glob.glob(DATA + "/*.rlp"))[: int(os.environ.get("HYP_BLOCK_FILES", "1000"))]
    if not files:
        print(f"ok 1 - mainnet blocks on {DEVICE} # SKIP no {DATA}\n1..1")
        return 0
    run = subprocess.run([HYPERION, "block", "--device", DEVICE, "--json", "--txs", *files],
                         stdout=subprocess.PIPE, check=False)
    lines = run.stdout.splitlines()
    count = 2
    print(f"{'' if run.returncode == 0 else 'not '}ok 1 - exit code {run.returncode}")
    print(f"{'' if len(lines) == len(files) else 'not '}ok 2 - {len(lines)} objects")
    for path, line in zip(files, lines):
        count += 1
        try:
            compare(json.loads(line), path)
            print(f"ok {count} - {os.path.basename(path)}")
        except (AssertionError, KeyError, ValueError) as problem:
            print(f"not ok {count} - {os.path.basename(path)}: {problem}")
    print(f"1..{count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
