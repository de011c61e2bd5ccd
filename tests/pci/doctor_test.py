#!/usr/bin/env python3
"""hyperion doctor, and the cards that hyperion devices lists."""
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import trees

HYPERION = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "bin/hyperion"))
count = 0


def check(name, good, detail=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def run(*arguments, program=HYPERION, **environment):
    done = subprocess.run([program, *arguments], capture_output=True, timeout=60, check=False,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def doctor(**how):
    code, out, err = run("doctor", "--json", **how)
    report = json.loads(out)
    return code, report, {f["check"]: f for f in report["findings"]}, err


def check_doctor(folder):
    code, report, by_check, _ = doctor()
    worst = max(["ok", "warn", "fail"].index(f["verdict"]) for f in report["findings"])
    check("exit code and verdict are those of the worst finding",
          code == (1 if worst == 2 else 0) and report["verdict"] == ["ok", "warn", "fail"][worst], report)
    check("no finding without cause and remedy",
          all(f[key].strip() for f in report["findings"] for key in ("subject", "check", "fact", "cause", "remedy")), report)
    wanted = {"cpu", "huge_pages", "pci", "xrt", "opencl", "unzip", "card_host", "simulated_card", "bitstream", "xocl",
              "xclmgmt", "group", "stale_files"}
    check("every check is made", wanted <= set(by_check), sorted(by_check))
    _, out, _ = run("doctor")
    check("people get one line a finding", all(f[key] in out for f in report["findings"] for key in ("check", "fact")) and
          all(f["remedy"] in out for f in report["findings"] if f["verdict"] != "ok"), out)

    _, _, by_check, _ = doctor(PATH="/nowhere::")
    check("no unzip in $PATH is a warning with the package to install",
          by_check["unzip"]["verdict"] == "warn" and "apt install unzip" in by_check["unzip"]["remedy"], by_check["unzip"])

    stale = os.path.join(folder, "hyperion-xrt-aBcDeF")
    os.mkdir(stale)
    open(os.path.join(stale, "locked"), "w", encoding="ascii").close()
    _, _, by_check, _ = doctor(XDG_RUNTIME_DIR=folder)
    check("a folder without an owner is named", by_check["stale_files"]["verdict"] == "warn" and
          stale in by_check["stale_files"]["fact"], by_check["stale_files"])
    owner = os.open(stale, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(owner, fcntl.LOCK_EX)
    _, _, by_check, _ = doctor(XDG_RUNTIME_DIR=folder)
    check("one whose owner lives is not", stale not in by_check["stale_files"]["fact"], by_check["stale_files"])
    os.close(owner)


def check_part_of_installation(folder):
    """A program without the rest, as somebody copies it; the library comes along."""
    os.makedirs(os.path.join(folder, "bin"))
    program = os.path.join(folder, "bin/hyperion")
    shutil.copy(HYPERION, program)
    library = os.path.join(os.path.dirname(HYPERION), "../lib")
    _, _, by_check, _ = doctor(program=program, LD_LIBRARY_PATH=library)
    check("parts that are not beside the program are missed",
          all(by_check[c]["verdict"] == "warn" for c in ("card_host", "simulated_card", "bitstream")), by_check)


def check_devices(folder):
    tree = os.path.join(folder, "tree")
    trees.write("sick-tree", tree)
    code, out, _ = run("devices", "--sysfs", tree, "--json")
    cards = [json.loads(line) for line in out.splitlines()]
    check("devices lists the cards of a tree", code == 0 and [c["description"] for c in cards] ==
          ["Alveo U55C", "Alveo U55C", "Alveo U250", "Alveo U250", "Alveo U55C"], out)
    check("only those that XRT drives have a name", [c["name"] for c in cards] == ["xrt:0", None, "xrt:1", "xrt:2", None], out)
    check("link, slot, place and driver", cards[0]["pci"] == {
        "address": "0000:11:00.1", "card": "Alveo U55C", "driver": "xocl", "numa_node": 0,
        "link": {"speed": "2.5 GT/s", "width": 8, "max_speed": "8.0 GT/s", "max_width": 16},
        "slot_link": {"speed": "8.0 GT/s", "width": 16, "max_speed": "8.0 GT/s", "max_width": 16}}, cards[0])
    _, out, _ = run("devices", "--sysfs", tree)
    lines = out.splitlines()
    check("people see them in columns", len(lines) == 6 and "2.5 GT/s x8" in lines[1] and "8.0 GT/s x16" in lines[1]
          and "vanished" in lines[4] and len({line.index(k) for line, k in zip(lines[:2], ("LINK", "2.5 GT/s"))}) == 1, out)
    code, _, err = run("devices", "--sysfs", os.path.join(folder, "nowhere"))
    check("a tree that is not there is exit code 2", code == 2 and "no PCI bus" in err, err)
    code, out, _ = run("devices", "--json")
    check("this machine's devices say where they are on the bus", code == 0 and
          all("pci" in json.loads(line) for line in out.splitlines()), out)


def main():
    for part in (check_doctor, check_part_of_installation, check_devices):
        with tempfile.TemporaryDirectory() as folder:
            part(folder)
    print(f"1..{count}")


main()
