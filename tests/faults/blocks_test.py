#!/usr/bin/env python3
"""Every mainnet block of the shared data, with its senders, on cards that fail: one dies, one lies, what comes out is
what the chain says, and `hyperion stats` names what happened."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # before the import: the tree stays clean
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "eth"))
import mainnet

# What each member is told to do, and what must be told of it.
FAULTS = {
    "sim:0,sim:1,cpu": (("sim:0:die@2", "fault"), ("sim:1:bitflip=1e-3", "lie")),
    "xrt:0,opencl:0,cpu": (("xrt:0:drop@1", "fault"), ("opencl:0:die@2", "fault")),
}


def check_stats(tap, device, faults, path):
    run = subprocess.run([mainnet.HYPERION, "stats", "--json", path], stdout=subprocess.PIPE, check=True)
    events = {(event["device"], event["event"]) for event in json.loads(run.stdout)["events"]}
    for fault, kind in faults:
        member = ":".join(fault.split(":")[:2])
        tap.test((member, kind) in events, f"{device}: stats tell of a {kind} of {member}")
        tap.test((member, "reset") in events, f"{device}: stats tell that {member} was reset")


def main():
    tap = mainnet.Tap()
    paths = mainnet.files()
    for device, faults in FAULTS.items():
        reason = next((why for member in device.replace("sim:1,", "").split(",")
                       if (why := mainnet.why_not(member, paths))), None)
        if reason:
            tap.skip(f"mainnet blocks on {device}", reason)
        else:
            orders = [word for fault, _ in faults for word in ("--fault", fault)]
            with tempfile.NamedTemporaryFile() as stats:
                mainnet.check(tap, device, paths, "--verify", "strict", "--timeout", "12", "--stats", stats.name, *orders)
                check_stats(tap, device, faults, stats.name)
    tap.done()


main()
