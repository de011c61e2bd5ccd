"""The executable model: runs the encoded words on all lanes, register by register as the RTL does, lazy values
included, and refuses a read that the pipeline could not serve."""
import isa
from constants import (F_CONSTANTS, FOUR_P, INVERSE_SCALE_N, INVERSE_SCALE_P, TWO_P, Y_CONSTANTS)
from curve import B, G, N, P
from isa import DIGIT_LEAD, G_WINDOW, INVERSE_LATENCY, LANES, LATENCY, R_WINDOW, WIDTH
from program import BETA_ROWS, Program
from tables import fixed_table

FOLD = 2**32 + 977
LAZY_LIMIT = 2**256 + 2**80
MASK = (1 << WIDTH) - 1
SCALE = {name: int(name) for name in isa.ENUMS["scale"]}
STATUS = {"ok": 0, "bad_input": 1, "bad_recid": 2, "bad_r": 3, "bad_s": 4, "high_s": 5, "not_on_curve": 6,
          "infinity": 7}


def fold(value):
    return (value & (2**256 - 1)) + (value >> 256) * FOLD


def check(digest, r, s, recid, low_s=False):
    """What the loader does: (status, x, r, s, z); refused items become harmless ones."""
    x = r + N if recid & 2 else r
    status = "ok"
    if recid > 3:
        status = "bad_recid"
    elif not 0 < r < N:
        status = "bad_r"
    elif not 0 < s < N:
        status = "bad_s"
    elif low_s and s > N // 2:
        status = "high_s"
    elif x >= P:
        status = "bad_r"
    return (status, x, r, s, digest) if status == "ok" else (status, 1, 1, 1, 1)


class HazardError(AssertionError):
    """A read of what is not written yet."""


class Machine:
    """LANES lanes that run one program. trace(slot, lane, result) is called for every write of a register bank."""

    def __init__(self, program=None, trace=None):
        self.program = program or Program()
        self.decoded = [isa.decode(word) for word in self.program.words]
        self.fixed = fixed_table()
        self.y_constants = list(Y_CONSTANTS.values())
        self.f_constants = list(F_CONSTANTS.values())
        self.trace = trace

    def run(self, items, low_s=False):
        """items: up to LANES tuples (digest, r, s, recid); returns (status, x, y) of each, failures all zero."""
        loaded = [check(*item, low_s) for item in items]
        count = len(items)
        loaded += [("ok", 1, 1, 1, 1)] * (LANES - count)
        self.input = {name: [lane[i] for lane in loaded] for i, name in enumerate("_xrsz") if i}
        self.odd = [bool(item[3] & 1) for item in items] + [False] * (LANES - count)
        self.status = [lane[0] for lane in loaded]
        self.banks = [[[None] * LANES for _ in range(isa.REGISTERS)] for _ in range(isa.BANKS)]
        self.tables = {c: [[None] * LANES for _ in range(32)] for c in "xyz"}
        self.scalars = {name: [None] * LANES for name in ("r_low", "r_high", "g")}
        self.high = [None] * LANES
        self.parity = [False] * LANES
        self.outputs = {"x": [0] * LANES, "y": [0] * LANES}
        self.inverse = None
        for slot, word in enumerate(self.decoded):
            if word["valid"]:
                self.step(slot, word)
        ok = [status == "ok" for status in self.status]
        return [(self.status[i], self.outputs["x"][i] * ok[i], self.outputs["y"][i] * ok[i]) for i in range(count)]

    def step(self, slot, word):
        results = [self.lane(slot, word, lane) for lane in range(LANES)]
        for lane, result in enumerate(results):
            self.write(slot, word, lane, result)

    def lane(self, slot, word, lane):
        """One product with its additions; everything is read before anything of the slot is written."""
        now = slot * LANES + lane
        row, negative = self.lookup(word, lane, now)
        operand = {}
        for name in "abcdef":
            if name in "cd" and word[f"{name}_sel"] == "special":
                operand[name] = self.special(word, word[f"{name}_special"], row, lane, now)
                continue
            mask = word["lane_xor"] if name == "c" else 0
            operand[name] = self.operand(word, word[f"{name}_sel"], lane ^ mask, now)
        x = operand["a"] + {"plus": operand["b"], "minus": TWO_P - operand["b"],
                            "minus3": FOUR_P - 3 * operand["b"]}[word["b_op"]]
        negate = {"plus": False, "digit": negative, "parity": self.parity[lane]}[word["d_sign"]]
        y = operand["c"] + (TWO_P - operand["d"] if negate else operand["d"])
        assert 0 <= x <= MASK and 0 <= y <= MASK, "multiplier operand out of range"
        return self.finish(word, operand, x * y, lane, now)

    def finish(self, word, operand, whole, lane, now):
        """After the multiplier: additions and reduction. Returns (result, high part)."""
        e, f = operand["e"], operand["f"]
        if word["mode"] == "field":
            value = fold(whole)
            if word["e_sel"] != "zero":
                value += TWO_P - e
            value *= SCALE[word["scale"]]
            value += TWO_P - f if word["f_negative"] else f
            value = fold(value)
            assert 0 <= value < LAZY_LIMIT, "lazy range"
            if word["flag"] == "infinity" and value in (0, P):
                value = 1
                if self.status[lane] == "ok":
                    self.status[lane] = "infinity"
            return value, None
        assert word["e_sel"] == "zero" and not word["f_negative"] and word["scale"] == "1"
        whole += f
        if word["mode"] == "raw_low":
            return whole & MASK, whole >> WIDTH
        high = whole >> WIDTH
        if word["high_add"]:
            high += self.get(self.high, lane, now)
        assert high <= MASK
        return high, None

    def lookup(self, word, lane, now):
        """Row of the table, and whether the digit is negative."""
        kind = word["lookup"]
        if kind == "static":
            return word["table_read"], False
        width = R_WINDOW if kind[0] == "r" else G_WINDOW
        bits = self.get(self.scalars["g" if kind[0] == "g" else kind], lane, now - DIGIT_LEAD)
        if kind[0] == "g":
            bits = bits >> 128 if kind == "g_high" else bits & (2**128 - 1)
        digit = bits >> (word["window"] * width) & ((1 << width) - 1)
        negative = not digit >> (width - 1)
        index = (digit ^ (-negative)) & ((1 << (width - 1)) - 1)
        return {"r_low": index, "r_high": index + BETA_ROWS, "g_low": index,
                "g_high": index + (1 << (G_WINDOW - 1))}[kind], negative

    def special(self, word, name, row, lane, now):
        if name == "input":
            return self.input[word["input_sel"]][lane]
        if name == "constant":
            return self.y_constants[word["constant"]]
        if name == "inverse":
            if now < self.inverse[1]:
                raise HazardError("inverse not ready")
            return self.inverse[0]
        if name.startswith("fixed"):
            return self.fixed[row][name == "fixed_y"]
        coordinate = name[-1]
        return self.get(self.tables[coordinate][row if coordinate == "x" else row % BETA_ROWS], lane, now)

    def operand(self, word, select, lane, now):
        if select in ("zero", "one"):
            return int(select == "one")
        if select == "constant":
            return self.f_constants[word["f_constant"]]
        bank = int(select[-1])
        return self.get(self.banks[bank][word[f"read{bank}"]], lane, now)

    @staticmethod
    def get(memory, lane, now):
        if memory[lane] is None:
            raise HazardError("read of what was never written")
        value, ready = memory[lane]
        if now < ready:
            raise HazardError(f"read {ready - now} cycles too early")
        return value

    def write(self, slot, word, lane, results):
        result, high = results
        stamped = (result, slot * LANES + lane + LATENCY)
        canonical = result - P if result >= P else result
        if self.trace and word["bank_write"]:
            self.trace(slot, lane, result)
        for bank in range(isa.BANKS):
            if word["bank_write"] >> bank & 1:
                self.banks[bank][word["write"]][lane] = stamped
        if word["table_write"] != "none":
            self.tables[word["table_write"]][word["table_row"]][lane] = stamped
        if word["high_write"]:
            self.high[lane] = (high, stamped[1])
        if word["scalar_write"] == "g":
            self.scalars["g"][lane] = stamped
        elif word["scalar_write"] != "none":
            # Around zero, in two's complement: adding 2^128 inverts bit 128 and leaves 129 bits.
            bits = (result ^ 1 << 128) & (2**129 - 1)
            assert (result + 2**128) & MASK == bits, "half of u2 out of range"
            self.scalars[word["scalar_write"]][lane] = (bits, stamped[1])
        if word["output_write"] != "none":
            self.outputs[word["output_write"]][lane] = canonical
        if word["flag"] == "parity":
            self.parity[lane] = bool(canonical & 1) != self.odd[lane]
        if word["flag"] == "curve" and canonical and self.status[lane] == "ok":
            self.status[lane] = "not_on_curve"
        if word["invert"] != "none" and lane == 0:
            modulus, scale = (N, INVERSE_SCALE_N) if word["invert"] == "mod_n" else (P, INVERSE_SCALE_P)
            assert 0 < result < 2 * modulus
            self.inverse = (scale * pow(result, -1, modulus) % modulus, stamped[1] + INVERSE_LATENCY)


def recover(machine, items, low_s=False):
    """Any number of items, batch by batch."""
    results = []
    for start in range(0, len(items), LANES):
        results += machine.run(items[start:start + LANES], low_s)
    return results
