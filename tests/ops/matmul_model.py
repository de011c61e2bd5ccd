#!/usr/bin/env python3
"""The known answers of matmul by an independent model: prints the FNV-1a digests of every item's result
that tests/ops/matmul_test.c compares with. Only shapes and the generator of bytes are shared with
host/src/ops/matmul_answers.c; products and requantisation are Python's own integers."""

BIAS, ACCUMULATE, REQUANT8, REQUANT16 = 1, 2, 4, 8
ITEMS = [
    (1, 64, 64, 0, "mixed"), (1, 100, 130, REQUANT8, "mixed"), (3, 5, 7, BIAS, "mixed"),
    (17, 33, 65, ACCUMULATE, "mixed"), (5, 70, 16, REQUANT8, "extremes"),
    (4, 16, 20, BIAS | REQUANT16, "mixed"), (2, 128, 3, 0, "lowest"),
    (18, 16, 17, BIAS | ACCUMULATE | REQUANT8, "extremes"), (0, 4, 4, 0, "mixed"),
    (4, 4, 0, 0, "mixed"), (3, 0, 5, BIAS, "mixed"), (2, 0, 20, 0, "mixed"),
]


class Bytes:
    def __init__(self):
        self.state = 1

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 24

    def value(self, filling):
        byte = self.next()
        if filling == "lowest":
            return -128
        if filling == "extremes":
            return 127 if byte & 1 else -128
        return byte - 256 if byte > 127 else byte

    def word(self):
        high = self.next()
        return (high << 8 | self.next()) - 32768


def up(value, multiple):
    return -(-value // multiple) * multiple


def saturate(value, bits):
    return max(-2**(bits - 1), min(2**(bits - 1) - 1, value))


def result(source, m, k, n, flags, filling):
    words = up(4 * n, 64) // 4
    a = [[source.value(filling) for _ in range(k)] for _ in range(m)]
    panels = [[[source.value(filling) for _ in range(64)] for _ in range(k)] for _ in range(up(n, 64) // 64)]
    bias = [source.word() for _ in range(words)] if flags & BIAS else [0] * words
    earlier = [[source.word() for _ in range(words)] for _ in range(m)] if flags & ACCUMULATE else [[0] * words] * m
    requant = []
    if flags & (REQUANT8 | REQUANT16):
        for _ in range(n):
            high = source.next()
            multiplier = high << 23 | source.next()
            requant.append((multiplier, 30 + source.next() % 13))
        requant[0] = (2**31 - 1, 0)
        requant[1] = (2**31 - 1, 62)
    out = b""
    for i in range(m):
        row = b""
        for j in range(n):
            value = sum(a[i][x] * panels[j // 64][x][j % 64] for x in range(k)) + bias[j] + earlier[i][j]
            width = 4
            if requant:
                width = 2 if flags & REQUANT16 else 1
                multiplier, shift = requant[j]
                value = saturate((value * multiplier + (1 << shift >> 1)) >> shift, 8 * width)
            row += value.to_bytes(width, "little", signed=True)
        out += row.ljust(up(len(row), 64), b"\0")
    return out


def digest(data):
    state = 0xcbf29ce484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001b3 % 2**64
    return state


source = Bytes()
for item in ITEMS:
    print(f"UINT64_C(0x{digest(result(source, *item)):016x}),")
