#!/usr/bin/env python3
"""Runs test programs that print TAP, several at once, and sums them up.

    tests/run.py [-j JOBS] [--timeout SECONDS] PROGRAM...

Each program is one line of the table; what a failing one printed follows it. A program that exits non-zero,
prints no test, prints fewer than it planned, or runs past the timeout counts as one failure more.
The last line is `N passed, N failed, N skipped`."""
import argparse
import concurrent.futures
import ctypes
import os
import re
import signal
import subprocess
import sys
import time

RESULT = re.compile(r"^(not )?ok\b(.*)$")
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)")
SANITIZED = re.compile(r"/(asan|tsan|fuzz)/")
ADDR_NO_RANDOMIZE = 0x0040000
LEAKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "support", "lsan.supp")


def sanitizers_can_run(bits_file="/proc/sys/vm/mmap_rnd_bits"):
    """The sanitizers of gcc 12 and clang 14 crash at random where the kernel randomises mmap addresses by more than 28
    bits (google/sanitizers#1614 and #1716). Switches that off for the tests; some containers do not allow it."""
    try:
        with open(bits_file, encoding="ascii") as file:
            if int(file.read()) <= 28:
                return True
    except (OSError, ValueError):
        return True
    return ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE) != -1


class Outcome:
    def __init__(self, name, seconds, code, output, timed_out):
        self.name, self.seconds, self.output = name, seconds, output
        self.passed = self.failed = self.skipped = 0
        self.reasons, self.failures = [], []
        planned = 0
        for line in output.splitlines():
            if plan := PLAN.match(line):
                planned += int(plan[1])
            elif result := RESULT.match(line):
                self.count(result)
        seen = self.passed + self.failed + self.skipped
        if timed_out:
            self.fail("timed out")
        elif code != 0 and not self.failed:
            self.fail(f"exit status {code}")
        elif seen == 0:
            self.fail("no test ran")
        elif planned and seen < planned:
            self.fail(f"{planned} tests planned, {seen} ran")

    def count(self, result):
        if skip := SKIP.search(result[2]):
            self.skipped += 1
            self.reasons.append(skip[1].strip() or "no reason given")
        elif result[1]:
            self.fail(result[2].strip(" -"))
        else:
            self.passed += 1

    def fail(self, what):
        self.failed += 1
        self.failures.append(what)


def run(program, timeout):
    start = time.monotonic()
    # Commands keep a record of what devices did: not among those of the user who tests.
    state = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "state"))
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", XDG_STATE_HOME=state)
    environment.setdefault("LSAN_OPTIONS", f"suppressions={LEAKS}:print_suppressions=0")
    child = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
    timed_out = False
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
    return Outcome(program, time.monotonic() - start, child.returncode,
                   output.decode(errors="replace"), timed_out)


def report(outcome):
    verdict = "FAIL" if outcome.failed else "ok"
    print(f"{verdict:4}  {outcome.name:<52} {outcome.passed:5} passed {outcome.failed:3} failed "
          f"{outcome.skipped:3} skipped {outcome.seconds:7.1f} s")
    for reason in sorted(set(outcome.reasons)):
        print(f"        skipped: {reason}")
    if outcome.failed:
        for failure in outcome.failures:
            print(f"        failed: {failure}")
        for line in outcome.output.splitlines()[-200:]:
            print(f"      | {line}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description="Runs TAP test programs and sums them up.")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=600, help="seconds a program may take")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()

    totals = [0, 0, 0]
    if not sanitizers_can_run():
        unfit = [program for program in options.programs if SANITIZED.search(program)]
        options.programs = [program for program in options.programs if program not in unfit]
        totals[2] = len(unfit)
        print(f"skip  {len(unfit)} programs with sanitizers: this kernel randomises addresses too far for them "
              "(vm.mmap_rnd_bits > 28), and does not let a process switch that off")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(run, program, options.timeout) for program in options.programs]
        for future in concurrent.futures.as_completed(futures):
            outcome = future.result()
            report(outcome)
            for i, count in enumerate((outcome.passed, outcome.failed, outcome.skipped)):
                totals[i] += count
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
