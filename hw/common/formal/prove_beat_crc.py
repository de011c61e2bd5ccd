#!/usr/bin/env python3
"""Proves that beat_crc makes the CRC32C of each beat and its index, by its definition, one bit after the other.

    prove_beat_crc.py

Yosys makes cells of the RTL. Over GF(2) every net of them is a sum of input bits and perhaps one (a cell that would make anything
else ends the proof), and so is every bit of a CRC; such sums are equal for all inputs exactly where they are the same. Both are
worked out as sums, the one from the cells, two clock edges after the beat, the other from the definition, and compared.
Nothing but valid_i with the beat, and rst_ni then and a cycle later, is taken for known: what else happens, before or
meanwhile, does not matter. False claims and broken RTL beside the true ones must be refuted. Prints TAP."""
import json
import os
import subprocess
import sys
import tempfile

RTL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rtl")
POLYNOMIAL = 0x82f63b78
BEAT_BITS, INDEX_BITS = 512, 64
INDEX_WIDTH = 34  # batch_pkg::LengthWidth, of every instance: no kernel has another
ONE = 1           # a sum is an integer: bit 0 stands for one, bit 1 + i for bit i of beat and index


class NoAnswer(Exception):
    """Why nothing is proven."""


class Netlist:
    """The cells of beat_crc, and what nets hold at a clock edge as sums of the inputs at edge 0."""

    def __init__(self, text, work):
        rtl, path = os.path.join(work, "beat_crc.sv"), os.path.join(work, "beat_crc.json")
        with open(rtl, "w", encoding="utf-8") as file:
            file.write(text)
        script = f"read_verilog -sv {RTL}/batch_pkg.sv {rtl}; prep -flatten -top beat_crc; write_json {path}"
        subprocess.run(["yosys", "-q", "-p", script], check=True)
        with open(path, encoding="utf-8") as file:
            module = json.load(file)["modules"]["beat_crc"]
        self.outputs = {name: port["bits"] for name, port in module["ports"].items() if port["direction"] == "output"}
        self.inputs = {net: (name, i) for name, port in module["ports"].items() if port["direction"] == "input"
                       for i, net in enumerate(port["bits"])}
        self.drivers = {}
        for cell in module["cells"].values():
            for i, net in enumerate(cell["connections"]["Q" if cell["type"] == "$dff" else "Y"]):
                self.drivers[net] = (cell["type"], cell["connections"], i)

    def at(self, output, edge, known):
        """The bits of an output at an edge. `known`: bits of valid_i and rst_ni by (name, edge)."""
        values = {}
        return [self.value(net, edge, known, values) for net in self.outputs[output]]

    def value(self, net, edge, known, values):
        if isinstance(net, str):
            if net not in "01":
                raise NoAnswer(f"a constant {net}")
            return int(net)
        if (net, edge) not in values:
            values[net, edge] = self.compute(net, edge, known, values)
        return values[net, edge]

    def compute(self, net, edge, known, values):
        if net in self.inputs:
            name, i = self.inputs[net]
            if name in ("beat_i", "index_i") and edge == 0:
                return 1 << (1 + i + (BEAT_BITS if name == "index_i" else 0))
            if (name, edge) in known:
                return known[name, edge]
            raise NoAnswer(f"depends on {name} at edge {edge}")
        kind, pins, i = self.drivers[net]

        def pin(name, bit):
            return self.value(pins[name][bit], edge, known, values)

        if kind == "$dff":
            if edge == 0:
                raise NoAnswer("depends on what was before")
            return self.value(pins["D"][i], edge - 1, known, values)
        if kind == "$mux":
            return pin("B" if truth(pin("S", 0)) else "A", i)
        if kind == "$xor":
            return pin("A", i) ^ pin("B", i)
        if kind == "$not":
            return pin("A", i) ^ ONE
        if kind == "$and":
            # A mask's zero hides what stands beside it; so do the zeros that fill up an operand that is shorter.
            if any(i >= len(pins[p]) or pins[p][i] == "0" for p in "AB"):
                return 0
            return product(pin("A", i), pin("B", i))
        if kind == "$logic_and" and len(pins["A"]) == len(pins["B"]) == 1:
            return product(pin("A", 0), pin("B", 0))
        if kind == "$reduce_xor":
            total = 0
            for bit in range(len(pins["A"])):
                total ^= pin("A", bit)
            return total
        raise NoAnswer(f"a cell {kind}")


def truth(value):
    if value not in (0, ONE):
        raise NoAnswer("a choice that depends on the beat")
    return value


def product(a, b):
    if a in (0, ONE):
        return b if a else 0
    if b in (0, ONE):
        return a if b else 0
    raise NoAnswer("a product of two bits of the beat")


def crc32c(message, polynomial=POLYNOMIAL, begin=ONE):
    """The definition: a bit of the message, the lowest of a byte first, goes into the register and comes out at its low end;
    where that is one, the polynomial is added. Works on sums as on bits."""
    register = [begin] * 32
    for bit in message:
        out = register[0] ^ bit
        register = register[1:] + [0]
        register = [r ^ out if polynomial >> i & 1 else r for i, r in enumerate(register)]
    return [r ^ ONE for r in register]


def bits_of(data):
    return [byte >> i & 1 for byte in data for i in range(8)]


def message(index_width):
    """Beat and index as sums, each bit itself; of the index's 64 bits those that the RTL does not have are zero."""
    return ([1 << (1 + i) for i in range(BEAT_BITS)] +
            [1 << (1 + BEAT_BITS + i) if i < index_width else 0 for i in range(INDEX_BITS)])


def controls(valid, reset0=1, reset1=1):
    return {("valid_i", 0): valid, ("rst_ni", 0): reset0, ("rst_ni", 1): reset1}


class Report:
    def __init__(self):
        self.claims = self.failed = 0

    def claim(self, name, holds, wanted=True):
        """`holds` is a function, so that there may be no answer."""
        try:
            verdict, why = bool(holds()), ""
        except NoAnswer as reason:
            verdict, why = False, f": {reason}"
        self.claims += 1
        self.failed += verdict != wanted
        said = "proven" if verdict else f"refuted{why}" if not why else f"not shown{why}"
        print(f"{'ok' if verdict == wanted else 'not ok'} {self.claims} - {name}: {said}", flush=True)


def true_claims(report, netlist):
    report.claim("beat_crc makes the CRC32C of beat and index", lambda:
                 netlist.at("crc_o", 2, controls(1)) == crc32c(message(INDEX_WIDTH)))
    report.claim("beat_crc is valid after two edges, not without a beat, not after a reset", lambda:
                 [netlist.at("valid_o", 2, known) for known in (controls(1), controls(0), controls(1, reset0=0),
                                                                controls(1, reset1=0))] == [[1], [0], [0], [0]])


def false_claims(report, netlist):
    sums = message(INDEX_WIDTH)
    for name, other in (("of another polynomial", crc32c(sums, polynomial=0xedb88320)),
                        ("begun with zeros", crc32c(sums, begin=0)),
                        ("with the index first", crc32c(sums[BEAT_BITS:] + sums[:BEAT_BITS])),
                        ("of the beat alone", crc32c(sums[:BEAT_BITS]))):
        report.claim(f"false: the CRC32C {name}", lambda o=other:
                     netlist.at("crc_o", 2, controls(1)) == o, wanted=False)


def broken_claims(report, text, work):
    for name, old, new in (("a part counted twice", "part_q[96+bit_index]", "part_q[64+bit_index]"),
                           ("the index of the cycle after", "^(index_q & Mask", "^(index_i & Mask"),
                           ("bits from the wrong end", "i = Bits - 1; i >= 0; i--", "i = 0; i < Bits; i++")):
        if old not in text:
            sys.exit(f"beat_crc.sv has no {old!r} that could be broken: this program is out of date")
        broken = Netlist(text.replace(old, new), work)
        report.claim(f"broken: {name}", lambda n=broken:
                     n.at("crc_o", 2, controls(1)) == crc32c(message(INDEX_WIDTH)), wanted=False)


def main():
    with open(os.path.join(RTL, "beat_crc.sv"), encoding="utf-8") as file:
        text = file.read()
    report = Report()
    report.claim("the definition gives e3069283 for 123456789", lambda: 0xe3069283 == sum(
        bit << i for i, bit in enumerate(crc32c(bits_of(b"123456789")))))
    with tempfile.TemporaryDirectory() as work:
        netlist = Netlist(text, work)
        true_claims(report, netlist)
        false_claims(report, netlist)
        broken_claims(report, text, work)
    print(f"1..{report.claims}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
