"""The mainnet blocks of the shared data, and hyperion block over them: what the tests here share."""
import glob
import json
import os
import subprocess

HYPERION = os.environ.get("BUILD", "build") + "/bin/hyperion"
DATA = os.environ.get("HYP_TEST_DATA", "../shared/data") + "/mainnet-blocks"


class Tap:
    def __init__(self):
        self.count = 0

    def test(self, good, name):
        self.count += 1
        print(f"{'' if good else 'not '}ok {self.count} - {name}", flush=True)

    def skip(self, name, reason):
        self.test(True, f"{name} # SKIP {reason}")

    def done(self):
        print(f"1..{self.count}")


def files():
    return sorted(glob.glob(DATA + "/*.rlp"))


def expected(path):
    with open(path.replace(".rlp", ".expect.json"), encoding="ascii") as file:
        return json.load(file)


def listed_devices():
    run = subprocess.run([HYPERION, "devices", "--json"], stdout=subprocess.PIPE, check=True)
    return {json.loads(line)["name"] for line in run.stdout.splitlines()}


def why_not(device, paths):
    """Why blocks cannot be checked on the device, or None."""
    if not paths:
        return f"no {DATA}"
    return None if device in listed_devices() else f"this machine has no {device}"


def block(device, paths, *options):
    """Exit code of `hyperion block`, and the objects that it prints."""
    run = subprocess.run([HYPERION, "block", "--device", device, "--json", "--txs", *options, *paths],
                         stdout=subprocess.PIPE, check=False)
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]


def compare(got, path, device):
    """Everything of one object against what the chain says."""
    want = expected(path)
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


def check(tap, device, paths, *options):
    """One test a block, and one for the exit code. Returns the objects."""
    code, lines = block(device, paths, *options)
    tap.test(code == 0 and len(lines) == len(paths), f"{device}: exit code {code}, {len(lines)} objects")
    for path, line in zip(paths, lines):
        name = f"{device}: {os.path.basename(path)}"
        try:
            compare(line, path, device)
            tap.test(True, name)
        except (AssertionError, KeyError) as problem:
            tap.test(False, f"{name}: {problem}")
    return lines
