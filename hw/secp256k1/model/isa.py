"""The instruction of the barrel core: one product and the additions around it, for every lane in turn.

    x      = a + (b, -b or -3b)           a: bank, zero or one        b: bank or zero
    y      = c + (d or -d)                c, d: bank, zero or special
    field: result = k * (x*y - e) +- f    mod p, lazily reduced: below 2^256 + 2^80
    raw:   whole  = x*y + f               integers; result is the low 264 bits, or the rest (+ HI)

A slot is one instruction issued for LANES lanes, one lane a cycle, so inside a slot no two operations
depend on each other. Each of the BANKS register banks reads one register and writes one a cycle.
"""

LANES = 32
BANKS = 6
REGISTERS = 16        # of a bank and lane
WIDTH = 264           # of registers, multiplier operands and the Montgomery radix
LATENCY = 28          # cycles from a register's read to the first read that sees the result
DIGIT_LEAD = 3        # cycles by which scalars are read ahead of registers, to find the table row
INVERSE_STEPS = 590   # divsteps that bring any 0 <= g <= f < 2^256 to zero (half-delta variant)
INVERSE_LATENCY = 593
R_WINDOW = 5          # bits of a signed odd digit of R; a table of 16 points a lane
R_WINDOWS = 26
G_WINDOW = 10         # of G and 2^128 G; two fixed tables of 2^(G_WINDOW-1) points
G_WINDOWS = -(-130 // G_WINDOW)
G_TOP = G_WINDOW * (G_WINDOWS - 1)

# Fields of the instruction word, first field in the lowest bits. Enumerations name their values.
BANK_OR = ["bank0", "bank1", "bank2", "bank3", "bank4", "bank5"]
ENUMS = {
    "a_sel": BANK_OR + ["zero", "one"],
    "b_sel": BANK_OR + ["zero"],
    "b_op": ["plus", "minus", "minus3"],
    "c_sel": BANK_OR + ["zero", "special"],
    "c_special": ["table_x", "table_z", "fixed_x", "input", "constant", "inverse"],
    "d_sel": BANK_OR + ["zero", "special"],
    "d_special": ["table_y", "table_z", "fixed_y"],
    "d_sign": ["plus", "digit", "parity"],
    "input_sel": ["x", "r", "s", "z"],
    "lookup": ["static", "r_low", "r_high", "g_low", "g_high"],
    "scale": ["1", "2", "8", "21", "63"],
    "e_sel": BANK_OR + ["zero"],
    "f_sel": BANK_OR + ["zero", "constant"],
    "mode": ["field", "raw_low", "raw_high"],
    "table_write": ["none", "x", "y", "z"],
    "scalar_write": ["none", "r_low", "r_high", "g"],
    "output_write": ["none", "x", "y"],
    "flag": ["none", "parity", "curve", "infinity"],
    "invert": ["none", "mod_p", "mod_n"],
}


def bits_for(count):
    return max(1, (count - 1).bit_length())


FIELDS = ([(f"read{bank}", bits_for(REGISTERS)) for bank in range(BANKS)]
          + [(name, bits_for(len(ENUMS[name]))) for name in
             ("a_sel", "b_sel", "b_op", "c_sel", "c_special", "d_sel", "d_special", "d_sign", "input_sel")]
          + [("constant", 4), ("lane_xor", bits_for(LANES)),
             ("lookup", bits_for(len(ENUMS["lookup"]))), ("window", 5), ("table_read", 5)]
          + [(name, bits_for(len(ENUMS[name]))) for name in ("scale", "e_sel", "f_sel")]
          + [("f_negative", 1), ("f_constant", 2), ("mode", bits_for(len(ENUMS["mode"]))),
             ("high_write", 1), ("high_add", 1),
             ("bank_write", BANKS), ("write", bits_for(REGISTERS)),
             ("table_write", bits_for(len(ENUMS["table_write"]))), ("table_row", 5)]
          + [(name, bits_for(len(ENUMS[name]))) for name in ("scalar_write", "output_write", "flag", "invert")]
          + [("valid", 1), ("last", 1)])
WORD_BITS = sum(width for _, width in FIELDS)


def encode(values):
    """Packs a dictionary of fields (enumerations by name); absent fields are zero."""
    word, shift = 0, 0
    unknown = set(values) - {name for name, _ in FIELDS}
    assert not unknown, unknown
    for name, width in FIELDS:
        value = values.get(name, 0)
        if name in ENUMS:
            value = ENUMS[name].index(value) if isinstance(value, str) else value
        assert 0 <= value < 1 << width, (name, value)
        word |= value << shift
        shift += width
    return word


def decode(word):
    """The inverse of encode."""
    values = {}
    for name, width in FIELDS:
        value = word & ((1 << width) - 1)
        values[name] = ENUMS[name][value] if name in ENUMS else value
        word >>= width
    return values
