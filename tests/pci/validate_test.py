#!/usr/bin/env python3
"""hyperion validate on the simulated cards: healthy ones pass; each fault that can be ordered fails the line that met it;
a downgraded link fails unless it is waived."""
import json
import os
import subprocess

BUILD = os.environ.get("BUILD", "build")
HYPERION = os.path.join(BUILD, "bin/hyperion")
HERE = os.path.dirname(os.path.relpath(__file__))
SICK = os.path.join(HERE, "sick-tree")
count = 0

FINDING = ("verdict", "subject", "check", "fact", "cause", "remedy")


def check(name, good, detail=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def validate(*arguments):
    done = subprocess.run([HYPERION, "validate", "--json", "--seconds", "0", *arguments], capture_output=True, timeout=300,
                          check=False)
    report = json.loads(done.stdout) if done.stdout else None
    if report:
        check(f"{' '.join(arguments)}: no finding without cause and remedy, one verdict",
              all(f[key].strip() for f in report["findings"] for key in FINDING) and report["verdict"] ==
              max((f["verdict"] for f in report["findings"]), key=["ok", "warn", "fail"].index), report)
    return done.returncode, report, done.stderr.decode()


def fails(report):
    return [f["check"] for f in report["findings"] if f["verdict"] == "fail"]


LINES = ["opening", "keccak256", "ecrecover", "matmul", "memory", "dma_to_card", "dma_both_ways", "sustained"]


def check_healthy(device):
    code, report, err = validate("--device", device)
    check(f"{device} passes every check", code == 0 and report["verdict"] == "ok" and report["simulated"] and
          [f["check"] for f in report["findings"]] == LINES and report["device"] == device, (report, err))
    figures = report["figures"]
    check(f"{device}: bandwidths and rates are told", figures["memory_bytes_per_second"] > 0 and
          figures["sustained_items_per_second"] > 0, figures)
    return figures


# The N-th batch is of: 1 keccak256, 2 ecrecover, 3 matmul, 4 to 9 memory, 10 to 15 the copies, then the sustained run.
FAULTS = [
    ("slverr@1", ["keccak256"]), ("slverr@3", ["matmul"]), ("slverr@10", ["dma_to_card"]), ("slverr@17", ["sustained"]),
    ("short-write@7", ["memory"]), ("short-write@15", ["dma_both_ways"]), ("bitflip=1@2", ["ecrecover"]),
    ("drop@1", ["keccak256"]), ("hang@1", ["keccak256"]), ("die@6", ["memory"]),
]


def check_faults():
    for fault, expected in FAULTS:
        code, report, err = validate("--device", "sim:0", "--timeout", "10", "--fault", f"sim:0:{fault}")
        check(f"{fault} fails {', '.join(expected)} and nothing else", code == 1 and fails(report) == expected, (report, err))
    code, report, err = validate("--device", "sim:0", "--fault", "sim:0:bitflip=1e-4")
    check("bitflip=1e-4 fails the sustained run", code == 1 and "sustained" in fails(report), (report, err))
    wrong = next(f for f in report["findings"] if f["check"] == "sustained")
    check("and says how many answers are wrong", "answers are wrong, such as that of item" in wrong["fact"], wrong)
    code, report, err = validate("--device", "sim:0", "--fault", "sim:0:bitflip=1e-4", "--waive", "sustained", "--waive",
                                 "memory", "--waive", "dma_both_ways", "--waive", "keccak256")
    check("what is waived is a warning", code == 0 and report["verdict"] == "warn", (report, err))
    code, report, err = validate("--device", "sim:0", "--fault", "sim:0:wrong-uuid")
    check("a card that holds another bitstream does not open", code == 2 and "another bitstream" in err, (report, err))


def check_links():
    code, report, err = validate("--device", "cpu", "--memory", "1", "--pci", "11:00.1", "--sysfs", SICK)
    check("a downgraded link fails", code == 1 and fails(report) == ["link"] and
          "where card and slot allow" in report["findings"][0]["fact"], (report, err))
    code, report, err = validate("--device", "cpu", "--memory", "1", "--pci", "11:00.1", "--sysfs", SICK, "--waive", "link")
    check("unless it is waived", code == 0 and report["findings"][0]["verdict"] == "warn" and
          report["findings"][0]["fact"].endswith("(waived)"), (report, err))
    code, report, err = validate("--device", "cpu", "--memory", "1", "--pci", "21:00.0", "--sysfs", SICK)
    check("a full link passes", code == 0 and report["findings"][0]["check"] == "link", (report, err))


def check_usage():
    for name, want, words, arguments in (
            ("a set", 2, "one device", ["--device", "sim:0,cpu"]), ("auto", 2, "one device", ["--device", "auto"]),
            ("no such kind of device", 2, "not the name of a device", ["--device", "gpu"]),
            ("an argument", 2, "named with --device", ["cpu"]), ("seconds that are none", 2, "--seconds", ["--seconds", "x"]),
            ("no such PCI address", 3, "nothing is at", ["--device", "cpu", "--pci", "fe:1f.7", "--sysfs", SICK])):
        code, report, err = validate(*arguments)
        check(f"{name}: exit code {want} and why", code == want and words in err and report is None, (code, err))
    done = subprocess.run([HYPERION, "validate", "--device", "cpu", "--seconds", "0", "--memory", "1"], capture_output=True,
                          text=True, timeout=300, check=False)
    check("people get a table and no progress bar outside a terminal", done.returncode == 0 and done.stderr == "" and
          done.stdout.startswith("VERDICT") and done.stdout.endswith("\ncpu is fit for service\n"), done)


def main():
    check_links()
    check_usage()
    if os.path.exists(os.path.join(BUILD, "lib/hyperion/libhyperion-sim.so")):
        check_healthy("sim:0")
        check_faults()
    else:
        skip("simulated cards", "this build has none")
    if os.path.exists(os.path.join(BUILD, "bitstreams/hyperion.hw_emu.xclbin")):
        figures = check_healthy("xrt:0")
        check("xrt:0: copies are timed", figures["dma_to_card_bytes_per_second"] > 0, figures)
    else:
        skip("xrt:0", "this build has no simulated card for XRT")
    print(f"1..{count}")


main()
