"""A module of RTL as SMT formulas, and lemmas about it.

Yosys turns the module into a transition system over bit vectors; cvc5 takes bit vectors as integers
(--solve-bv-as-int), because no solver that goes down to bits proves a sum of 300 bits equal to one in another order; z3
goes down to bits and settles delays, comparisons and false claims. Each is asked where the other has no answer.
A lemma speaks of unsigned numbers of 640 bits: nothing in it wraps, whatever a register's width."""
import os
import re
import subprocess
import time

WIDTH = 640


def number(value):
    return f"(_ bv{value % 2**WIDTH} {WIDTH})"


def add(*terms):
    return f"(bvadd {' '.join(terms)})" if len(terms) > 1 else terms[0]


def sub(a, b):
    return f"(bvsub {a} {b})"


def times(constant, term):
    return f"(bvmul {number(constant)} {term})"


def equal(a, b):
    return f"(= {a} {b})"


def below(a, bound):
    return f"(bvult {a} {number(bound)})"


def implies(a, b):
    return f"(=> {a} {b})"


def both(*terms):
    return f"(and {' '.join(terms)})" if len(terms) > 1 else terms[0]


def choose(condition, a, b):
    return f"(ite {condition} {a} {b})"


class Module:
    """The transition system of one module; signals are named as in the RTL."""

    def __init__(self, name, sources, workdir):
        self.name = name
        self.path = os.path.join(workdir, f"{name}.smt2")
        script = (f"read_verilog -sv {' '.join(sources)}; prep -top {name} -flatten; dffunmap; opt_clean; "
                  f"write_smt2 -wires {self.path}")
        subprocess.run(["yosys", "-q", "-p", script], check=True)
        with open(self.path, encoding="ascii") as file:
            self.text = file.read()
        self.width = {m[1]: int(m[2]) for m in
                      re.finditer(r"^; yosys-smt2-(?:register|input|output|wire) (\S+) (\d+)$", self.text, re.M)}

    def at(self, signal, step=0, high=None, low=0):
        """The signal, or its bits [high:low], as a number."""
        high = self.width[signal] - 1 if high is None else high
        # Yosys makes a truth value of one bit.
        if self.width[signal] == 1:
            return f"(ite (|{self.name}_n {signal}| s{step}) {number(1)} {number(0)})"
        bits = f"((_ extract {high} {low}) (|{self.name}_n {signal}| s{step}))"
        return f"((_ zero_extend {WIDTH - (high - low + 1)}) {bits})"

    def query(self, lemma):
        lines = ["(set-logic ALL)", self.text]
        lines += [f"(declare-const s{i} |{self.name}_s|)" for i in range(lemma.steps + 1)]
        lines += [f"(assert (|{self.name}_t| s{i} s{i + 1}))" for i in range(lemma.steps)]
        lines += [f"(assert {a})" for a in lemma.given]
        return "\n".join(lines + [f"(assert (not {lemma.shown}))", "(check-sat)", ""])


class Lemma:
    """After `steps` clock edges, `shown` follows from `given`. `bits`: z3 is asked first."""

    def __init__(self, name, steps, given, shown, bits=False):
        self.name, self.steps, self.given, self.shown, self.bits = name, steps, given, shown, bits


class Integers:
    """Statements about integers alone, which put lemmas together."""

    def __init__(self, variables):
        self.variables = variables

    def query(self, lemma):
        lines = ["(set-logic ALL)"]
        lines += [f"(declare-const {v} Int)\n(assert (>= {v} 0))" for v in self.variables]
        lines += [f"(assert {a})" for a in lemma.given]
        return "\n".join(lines + [f"(assert (not {lemma.shown}))", "(check-sat)", ""])


def prove(system, lemma, workdir, seconds):
    """Returns "proven", "refuted" or why there is no answer, and the seconds it took."""
    path = os.path.join(workdir, re.sub(r"\W+", "_", lemma.name) + ".smt2")
    with open(path, "w", encoding="ascii") as file:
        file.write(system.query(lemma))
    start = time.monotonic()
    commands = [["cvc5", "--solve-bv-as-int=sum", f"--tlimit={seconds * 1000}", path], ["z3", f"-T:{seconds}", path]]
    for command in reversed(commands) if lemma.bits else commands:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        answer = result.stdout.strip().splitlines()
        verdict = {"unsat": "proven", "sat": "refuted"}.get(answer[0] if answer else "", "no answer: " +
                                                           (result.stdout + result.stderr).strip()[:200])
        if verdict in ("proven", "refuted"):
            break
    return verdict, time.monotonic() - start
