"""The microprogram: what the barrel core computes, slot by slot, and where every value lies.

Operations are written with named registers. The assembler merges independent streams into one order that
respects every latency, gives each name a bank such that the names read by one instruction lie in different
banks, and encodes the words.
"""
from isa import (BANKS, DIGIT_LEAD, G_TOP, G_WINDOW, INVERSE_LATENCY, LANES, LATENCY, R_WINDOW, R_WINDOWS, REGISTERS,
                 encode)

IDLE = {f"{operand}_sel": "zero" for operand in "abcdef"}
BETA_ROWS = 16   # rows of the x table from here on hold beta * x
LAST_ROW = 15


class Operation:
    """One product. Operands are register names, "zero", "one", or specials of isa.ENUMS."""

    def __init__(self, name, to=(), **fields):
        self.name = name
        self.to = (to,) if isinstance(to, str) else tuple(to)
        self.a = fields.pop("a", "zero")
        self.b = fields.pop("b", "zero")
        self.c = fields.pop("c", "zero")
        self.d = fields.pop("d", "zero")
        self.e = fields.pop("e", "zero")
        self.f = fields.pop("f", "zero")
        self.constant = fields.pop("constant", None)
        self.f_constant = fields.pop("f_constant", None)
        self.fields = fields

    def reads(self):
        """Names of registers read, each with the lane mask it is read at."""
        mask = self.fields.get("lane_xor", 0)
        found = {}
        for operand in (self.a, self.b, self.d, self.e, self.f):
            if operand not in NOT_REGISTERS:
                found[operand] = 0
        if self.c not in NOT_REGISTERS:
            assert not (mask and self.c in found), "a bank reads one lane only"
            found[self.c] = mask
        return found

    def resources(self):
        """What the operation reads that is not a register, and what it writes, as (name, ...) keys."""
        reads, writes = [], []
        fields = self.fields
        if {"table_x", "table_y", "table_z"} & {self.c, self.d}:
            reads.append("table")
        if fields.get("lookup", "static") != "static":
            reads.append("scalar")
        if self.c == "inverse":
            reads.append("inverse")
        if fields.get("d_sign") == "parity":
            reads.append("parity")
        if fields.get("high_add"):
            reads.append("high")
        for field, resource in (("table_write", "table"), ("scalar_write", "scalar"), ("high_write", "high"),
                                ("invert", "inverse")):
            if fields.get(field):
                writes.append(resource)
        if fields.get("flag") == "parity":
            writes.append("parity")
        return reads, writes


SPECIALS_C = {"table_x", "table_z", "fixed_x", "input", "constant", "inverse"}
SPECIALS_D = {"table_y", "table_z", "fixed_y"}
NOT_REGISTERS = {"zero", "one", "constant"} | SPECIALS_C | SPECIALS_D


def product(to, left, right, **fields):
    return Operation(f"{left}*{right}", to, a=left, c=right, **fields)


def load(to, source, **fields):
    return Operation(f"load {source}", to, a="one", c=source, **fields)


# --- scalars: Montgomery products mod n, and the split of u2 -----------------------------------------

def montgomery(to, add=None, **operands):
    """to = x * y / 2^264 + add mod n, below n + 2^250 for operands below 2^257."""
    first = dict(operands)
    if add:
        first |= {"f": "constant", "f_constant": add}
    yield Operation("montgomery product", "low", mode="raw_low", high_write=1, **first)
    yield Operation("montgomery factor", "factor", a="low", c="constant", constant="montgomery", mode="raw_low")
    yield Operation("montgomery reduce", to, a="factor", c="constant", constant="order", f="low", mode="raw_high",
                    high_add=1, **({} if to else {"invert": "mod_n"}))


def levels():
    return [1 << level for level in range(LANES.bit_length() - 1)]


def scalars():
    """Inverts r of all lanes at once, and splits u1 / 2 and u2 / 2 into windows."""
    yield load(("r0", "r0_other"), "input", input_sel="r", mode="raw_low")
    for level, mask in enumerate(levels()):
        last = 2 * mask == LANES
        to = () if last else (f"r{level + 1}", f"r{level + 1}_other")
        yield from montgomery(to, a=f"r{level}", c=f"r{level}_other", lane_xor=mask)
    yield load("r_inverse", "inverse", mode="raw_low")
    for level, mask in reversed(list(enumerate(levels()))):
        yield from montgomery("r_inverse", a="r_inverse", c=f"r{level}_other", lane_xor=mask)
    for add, source in (("g_offset", "z"), ("r_offset", "s")):
        yield from montgomery("half_u", add=add, a="r_inverse", c="input", input_sel=source)
        if source == "z":
            yield load((), "half_u", mode="raw_low", scalar_write="g")
    for name, lattice in (("c1", "lattice1"), ("c2", "lattice2")):
        yield Operation(name, name, a="half_u", c="constant", constant=lattice, f="constant", f_constant="half",
                        mode="raw_high")
    yield Operation("v1", "low", a="c1", c="constant", constant="minus_a1", f="half_u", mode="raw_low")
    yield Operation("v1", (), a="c2", c="constant", constant="minus_a2", f="low", mode="raw_low",
                    scalar_write="r_low")
    yield Operation("v2", "factor", a="c1", c="constant", constant="minus_b1", mode="raw_low")
    yield Operation("v2", (), a="c2", c="constant", constant="minus_a1", f="factor", mode="raw_low",
                    scalar_write="r_high")


# --- the point R and the table of its odd multiples --------------------------------------------------

def squarings(register, count):
    for _ in range(count):
        yield product(register, register, register)


def square_root():
    """root = square^((p+1)/4): 253 squarings and 13 products, blocks of ones of growing length."""
    yield product("x2", "square", "square")
    yield product("x2", "x2", "square")
    yield product("x3", "x2", "x2")
    yield product("x3", "x3", "square")
    yield product("root", "x3", "x3")
    yield from squarings("root", 2)
    yield product("root", "root", "x3")        # 6 ones
    yield from squarings("root", 3)
    yield product("root", "root", "x3")        # 9
    yield from squarings("root", 2)
    yield product("x11", "root", "x2")
    yield product("root", "x11", "x11")
    yield from squarings("root", 10)
    yield product("x22", "root", "x11")
    yield product("root", "x22", "x22")
    yield from squarings("root", 21)
    yield product("x44", "root", "x22")
    yield product("root", "x44", "x44")
    yield from squarings("root", 43)
    yield product("x88", "root", "x44")
    yield product("root", "x88", "x88")
    yield from squarings("root", 87)
    yield product("root", "root", "x88")       # 176
    yield from squarings("root", 44)
    yield product("root", "root", "x44")       # 220
    yield from squarings("root", 3)
    yield product("root", "root", "x3")        # 223
    yield from squarings("root", 23)
    yield product("root", "root", "x22")
    yield from squarings("root", 6)
    yield product("root", "root", "x2")
    yield from squarings("root", 1)
    yield product("root", "root", "root", flag="parity")


def double(to=("X", "Y", "Z"), **rows):
    """2 (X : Y : Z), Renes-Costello-Batina algorithm 9 with b3 = 21: complete. 8 products."""
    x, y, z = to if to else ((), (), ())

    def table(coordinate):
        return {"table_write": coordinate, **rows} if rows else {}
    yield product("A", "Y", "Y")
    yield product("E", "Z", "Z", scale="21")
    yield product("B", "Y", "Z", scale="8")
    yield product("D", "X", "Y", scale="2")
    yield Operation("double z", z, a="A", c="B", **table("z"))
    yield Operation("double x", x, a="A", b="E", b_op="minus3", c="D", **table("x"))
    yield product("T", "A", "E", scale="8")
    yield Operation("double y", y, a="A", b="E", b_op="minus3", c="A", d="E", f="T", **table("y"))


def combine(z_term, **rows):
    """The second half of algorithm 7, for t3, and for t4 and Y3 that were scaled by 21: 6 products."""
    def table(coordinate):
        return {"table_write": coordinate, **rows} if rows else {}
    yield product("U", "Y3", "t0", scale="63")
    yield product("V", "t3", "t0", scale="63")
    yield product("W", "t4", "Y3")
    yield Operation("add x", "X", a="t1", b=z_term, b_op="minus", c="t3", scale="21", f="W", f_negative=1,
                    **table("x"))
    yield Operation("add y", "Y", a="t1", b=z_term, b_op="minus", c="t1", d=z_term, scale="21", f="U",
                    **table("y"))
    yield Operation("add z", "Z", a="t1", b=z_term, c="t4", f="V", **table("z"))


def add_table(lookup, writes=None, **where):
    """(X : Y : Z) += a row of the lane's table, algorithm 7: complete. 12 products."""
    sign = {} if lookup == "static" else {"d_sign": "digit"}
    where = {"lookup": lookup, **where}
    yield Operation("add t0", "t0", a="X", c="table_x", **where)
    yield Operation("add t1", "t1", a="Y", d="table_y", **sign, **where)
    yield Operation("add t2", "E", a="Z", c="table_z", scale="21", **where)
    yield Operation("add t3", "t3", a="X", b="Y", c="table_x", d="table_y", e="t0", f="t1", f_negative=1,
                    **sign, **where)
    yield Operation("add t4", "t4", a="Y", b="Z", c="table_z", d="table_y", scale="21", e="t1", f="E", f_negative=1,
                    **sign, **where)
    yield Operation("add Y3", "Y3", a="X", b="Z", c="table_x", d="table_z", scale="21", e="t0", f="E", f_negative=1,
                    **where)
    yield from combine("E", **(writes or {}))


def add_fixed(lookup, window):
    """(X : Y : Z) += a point (x / 21 : y / 21 : 1 / 21) of the fixed table, algorithm 8: complete. 11 products."""
    where = {"lookup": lookup, "window": window}
    yield Operation("add fixed t0", "t0", a="X", c="fixed_x", **where)
    yield Operation("add fixed t1", "t1", a="Y", d="fixed_y", d_sign="digit", **where)
    yield Operation("add fixed t3", "t3", a="X", b="Y", c="fixed_x", d="fixed_y", d_sign="digit", e="t0", f="t1",
                    f_negative=1, **where)
    yield Operation("add fixed t4", "t4", a="Z", d="fixed_y", d_sign="digit", scale="21", f="Y", **where)
    yield Operation("add fixed Y3", "Y3", a="Z", c="fixed_x", scale="21", f="X", **where)
    yield from combine("Z")


def point_and_table():
    """R from x and the parity of y; rows i = (2i + 1) R, and beta * x of each."""
    yield load("X", "input", input_sel="x", table_write="x", table_row=0)
    yield product("square", "X", "X")
    yield product("square", "square", "X", f="constant", f_constant="seven")
    yield from square_root()
    yield product((), "root", "root", f="square", f_negative=1, flag="curve")
    yield Operation("R y", "Y", a="one", d="root", d_sign="parity", table_write="y", table_row=0)
    yield load("Z", "constant", constant="one", table_write="z", table_row=0)
    yield from double((), table_row=LAST_ROW)
    for row in range(LAST_ROW + 1):
        if row:
            # Twice R waits in the last row, which the last addition reads before it writes.
            yield from add_table("static", table_read=LAST_ROW, writes={"table_row": row})
        yield Operation("beta x", (), a="X", c="constant", constant="beta", table_write="x",
                        table_row=BETA_ROWS + row)


# --- the ladder and the end --------------------------------------------------------------------------

def ladder():
    """u1 (-G) + u2 R: one chain of doublings for both halves of both scalars."""
    top = R_WINDOW * (R_WINDOWS - 1)
    assert G_TOP <= top
    for position in range(top, -1, -1):
        window = {"window": position // R_WINDOW}
        if position == top:
            yield load("X", "table_x", lookup="r_low", **window)
            yield Operation("load Y", "Y", a="one", d="table_y", d_sign="digit", lookup="r_low", **window)
            yield load("Z", "table_z", lookup="r_low", **window)
            yield from add_table("r_high", **window)
        else:
            yield from double()
            if position % R_WINDOW == 0:
                yield from add_table("r_low", **window)
                yield from add_table("r_high", **window)
        if position % G_WINDOW == 0 and position <= G_TOP:
            yield from add_fixed("g_low", position // G_WINDOW)
            yield from add_fixed("g_high", position // G_WINDOW)


def affine():
    """Inverts Z of all lanes at once; a lane whose Z is zero gets the status infinity, and one instead."""
    yield load(("z0", "z0_other"), "Z", flag="infinity")
    for level, mask in enumerate(levels()):
        last = 2 * mask == LANES
        to = () if last else (f"z{level + 1}", f"z{level + 1}_other")
        yield Operation("tree", to, a=f"z{level}", c=f"z{level}_other", lane_xor=mask,
                        **({"invert": "mod_p"} if last else {}))
    yield load("z_inverse", "inverse")
    for level, mask in reversed(list(enumerate(levels()))):
        yield Operation("tree", "z_inverse", a="z_inverse", c=f"z{level}_other", lane_xor=mask)
    yield Operation("affine x", (), a="X", c="z_inverse", output_write="x")
    yield Operation("affine y", (), a="Y", c="z_inverse", output_write="y", last=1)


# --- assembler ---------------------------------------------------------------------------------------

class Hazards:
    """When, in slots, the results of what was issued can be read."""

    def __init__(self):
        self.ready = {}

    @staticmethod
    def slots(cycles):
        return -(-cycles // LANES)

    def earliest(self, operation):
        """First slot in which every operand is there, for every lane."""
        slot = 0
        for name, mask in operation.reads().items():
            written = self.ready[name]           # slot of issue: reading a name never written is an error
            slot = max(slot, written + self.slots(LATENCY + mask))
        reads, _ = operation.resources()
        for resource in reads:
            delay = {"inverse": LATENCY + INVERSE_LATENCY, "scalar": LATENCY + DIGIT_LEAD}.get(resource, LATENCY)
            slot = max(slot, self.ready[resource] + self.slots(delay))
        return slot

    def issue(self, operation, slot):
        for name in operation.to:
            self.ready[name] = slot
        for resource in operation.resources()[1]:
            self.ready[resource] = slot


def schedule(phases):
    """Merges the streams of each phase, the first with the highest priority, into slots; None is an idle slot."""
    hazards, slots = Hazards(), []
    for streams in phases:
        streams = [iter(stream) for stream in streams]
        heads = [next(stream, None) for stream in streams]
        while any(heads):
            for index, head in enumerate(heads):
                if head and hazards.earliest(head) <= len(slots):
                    hazards.issue(head, len(slots))
                    slots.append(head)
                    heads[index] = next(streams[index], None)
                    break
            else:
                slots.append(None)
    return slots


def allocate(slots):
    """A (bank, register) for every name: names read together lie in different banks, pairs that one instruction
    writes have the same register number. Greedy, the most constrained name first."""
    together, pairs = {}, {}
    for operation in filter(None, slots):
        reads = set(operation.reads())
        for name in reads | set(operation.to):
            together.setdefault(name, set())
        for name in reads:
            together[name] |= reads - {name}
        if len(operation.to) == 2:
            left, right = operation.to
            together[left].add(right)
            together[right].add(left)
            pairs[left], pairs[right] = right, left
    bank, used, place = {}, {b: set() for b in range(BANKS)}, {}
    while len(bank) < len(together):
        def freedom(name):
            return (len({bank[n] for n in together[name] if n in bank}), len(together[name]), name)
        name = max((n for n in together if n not in bank), key=freedom)
        taken = {bank[n] for n in together[name] if n in bank}
        free = [b for b in range(BANKS) if b not in taken]
        assert free, f"no bank for {name}: raise BANKS or change the program"
        bank[name] = min(free, key=lambda b: sum(1 for n in bank if bank[n] == b))
    for name in sorted(together):
        if name in place:
            continue
        names = [name] + ([pairs[name]] if name in pairs else [])
        number = next(r for r in range(REGISTERS) if all(r not in used[bank[n]] for n in names))
        for n in names:
            place[n] = (bank[n], number)
            used[bank[n]].add(number)
    return place


def fields_of(operation, place, constants):
    """The instruction word's fields of an operation."""
    fields = dict(operation.fields, valid=1)
    for operand, name in (("a", operation.a), ("b", operation.b), ("c", operation.c), ("d", operation.d),
                          ("e", operation.e), ("f", operation.f)):
        if name in place:
            bank, register = place[name]
            assert fields.setdefault(f"read{bank}", register) == register, "two reads of one bank"
            fields[f"{operand}_sel"] = f"bank{bank}"
        elif operand in "cd" and name in SPECIALS_C | SPECIALS_D:
            fields[f"{operand}_sel"], fields[f"{operand}_special"] = "special", name
        else:
            fields[f"{operand}_sel"] = name
    y_constants, f_constants = constants
    if operation.constant:
        fields["constant"] = list(y_constants).index(operation.constant)
    if operation.f_constant:
        fields["f_constant"] = list(f_constants).index(operation.f_constant)
    for name in operation.to:
        bank, register = place[name]
        fields["bank_write"] = fields.get("bank_write", 0) | 1 << bank
        fields["write"] = register
    return fields


class Program:
    """Slots (None is idle), the place of every name, and the encoded words."""

    def __init__(self):
        from constants import F_CONSTANTS, Y_CONSTANTS
        self.slots = schedule([[scalars(), point_and_table()], [ladder()], [affine()]])
        self.place = allocate(self.slots)
        self.words = [encode(fields_of(slot, self.place, (Y_CONSTANTS, F_CONSTANTS)) if slot else IDLE)
                      for slot in self.slots]

    def products(self):
        return sum(slot is not None for slot in self.slots)


if __name__ == "__main__":
    program = Program()
    print(f"{len(program.slots)} slots, {program.products()} products, "
          f"{program.products() / len(program.slots):.4f} used, {len(program.place)} registers")
