#!/usr/bin/env python3
"""hyperion recover against 1,195 known cases, and against input that is malformed in every way."""
import json
import os
import random
import subprocess
import sys
import tempfile

HYPERION = os.path.join(os.environ.get("BUILD", "build"), "bin", "hyperion")
DATA = os.path.join(os.environ.get("HYP_TEST_DATA", "../shared/data"), "ecrecover.json")
GOOD = {
    "hash": "82ff40c0a986c6a5cfad4ddf4c3aa6996f1a7837f9c398e17e5de5cbd5a12b28",
    "r": "99e71a99cb2270b8cac5254f9e99b6210c6c10224a1579cf389ef88b20a1abe9",
    "s": "129ff05af364204442bdb53ab6f18a99ab48acc9326fa689f228040429e3ca66",
    "recid": 0,
}
count = 0


def ok(name, passed, detail=""):
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}")
    if not passed and detail:
        print("# " + str(detail).replace("\n", "\n# ")[:2000])


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def recover(text, *arguments):
    run = subprocess.run([HYPERION, "recover", *arguments], input=text.encode(),
                         capture_output=True, timeout=300)
    return run.returncode, [json.loads(l) for l in run.stdout.splitlines()], run.stderr.decode()


def check_cases(cases, device, as_lines):
    keys = ("hash", "r", "s", "recid")
    items = [{k: c[k] for k in keys} for c in cases]
    text = "\n".join(map(json.dumps, items)) if as_lines else json.dumps(items, indent=1)
    code, out, err = recover(text, "--device", device)
    wrong = [c["name"] for c, o in zip(cases, out)
             if o != ({"address": "0x" + c["address"], "pubkey": "0x" + c["pubkey"]}
                      if c["pubkey"] else o) or (c["pubkey"] is None) != ("error" in o)]
    shape = "lines" if as_lines else "array"
    ok(f"{len(cases)} cases on {device} as {shape}",
       code == 0 and len(out) == len(cases) and not wrong, (code, wrong[:5], err))
    return out


def check_malformed():
    good = json.dumps(GOOD)
    bad_items = {
        "a missing field": {k: v for k, v in GOOD.items() if k != "s"},
        "hex that is too short": GOOD | {"r": "00"},
        "hex that is too long": GOOD | {"r": "00" * 33},
        "an odd number of digits": GOOD | {"r": "0" * 63},
        "a character that is not hex": GOOD | {"hash": "g" * 64},
        "a number that is not a string": GOOD | {"s": 5},
        "a recid that is not a number": GOOD | {"recid": "0"},
        "no recid": {k: v for k, v in GOOD.items() if k != "recid"},
    }
    for name, item in bad_items.items():
        for text in (f"{good}\n{json.dumps(item)}\n{good}\n", json.dumps([GOOD, item, GOOD])):
            code, out, err = recover(text)
            ok(f"{name} keeps its place", code == 2 and len(out) == 3 and out[0] == out[2] and
               out[1]["error"] == "bad_input" and "address" in out[0], (code, out, err))
    for recid in (4, 255, 256, 1 << 40, -1):
        code, out, _ = recover(json.dumps(GOOD | {"recid": recid}))
        ok(f"recid {recid} is a status", code == 0 and out == [{"error": "bad_recid"}], (code, out))
    for text in ("[", "[{", f"[{good}", f"[{good},", f"[{good} {good}]", f"[{good}]]", "[1]"):
        code, out, err = recover(text)
        ok(f"broken array {text[:2]}…{text[-3:]}", code == 2 and err.count("\n") == 1, (code, out, err))
    code, out, err = recover(f"{good}\nnonsense\n{good}\n")
    ok("a line that is not JSON does not stop the rest",
       code == 2 and len(out) == 3 and "line 2" in err, (code, out, err))
    ok("no input is no output", recover("") == (0, [], ""))
    ok("an empty array is no output", recover(" [ ] \n") == (0, [], ""))
    code, out, err = recover("", "no-such-file")
    ok("a missing file is named", code == 2 and "no-such-file" in err, (code, err))


def check_options():
    high = GOOD | {"s": f"{0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 - 5:064x}"}
    ok("--low-s", recover(json.dumps(high), "--low-s")[1] == [{"error": "high_s"}])
    code, out, _ = recover(json.dumps(GOOD), "--address-only")
    ok("--address-only", code == 0 and list(out[0]) == ["address"], out)
    ok("0x is allowed", recover(json.dumps(GOOD | {"r": "0x" + GOOD["r"]}))[1] ==
       recover(json.dumps(GOOD))[1])


def check_stream():
    with tempfile.TemporaryFile() as file:
        file.write((json.dumps(GOOD) + "\n").encode() * 50000)
        file.seek(0)
        run = subprocess.run(["/bin/sh", "-c", 'ulimit -v 400000; exec "$0" recover', HYPERION],
                             stdin=file, capture_output=True, timeout=300)
    lines = run.stdout.splitlines()
    ok("a long stream takes bounded memory",
       run.returncode == 0 and len(lines) == 50000 and len(set(lines)) == 1, run.stderr)


def check_simulated_cards(cases):
    """Every card answers what the CPU answers, to the byte: known cases, and random ones of which about half
    have their R on the curve."""
    draw = random.Random(20260)
    word = lambda: f"{draw.getrandbits(256):064x}"
    items = [{k: c[k] for k in ("hash", "r", "s", "recid")} for c in cases]
    items += [{"hash": word(), "r": word(), "s": word(), "recid": draw.randrange(2)} for _ in range(2048)]
    text = "\n".join(map(json.dumps, items))
    want = recover(text, "--device", "cpu")
    keys = sum("pubkey" in line for line in want[1])
    ok("about half of random signatures give a key", 900 < keys - sum(c["pubkey"] is not None for c in cases) < 1150, keys)
    for device, count in (("sim", len(items)), ("xrt:0", len(cases) + 256),
                          ("opencl:0", min(len(cases), 64))):
        # A busy machine simulates slowly, and nothing here is about time.
        got = recover("\n".join(text.splitlines()[:count]), "--device", device, "--timeout", "250")
        ok(f"{count} items on {device} as on cpu", got == (0, want[1][:count], ""), got[2])


check_malformed()
check_options()
check_stream()
if os.path.exists(DATA):
    with open(DATA, encoding="utf-8") as file:
        known = json.load(file)
    check_cases(known, "cpu", False)
    check_cases(known, "cpu", True)
    check_simulated_cards(known)
else:
    skip("known cases", f"{DATA} is absent")
    check_simulated_cards([])
print(f"1..{count}")
sys.exit(0)
