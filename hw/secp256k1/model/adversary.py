#!/usr/bin/env python3
"""Crafts signatures that hit the exceptional cases of the very additions that the microprogram makes.

At every addition of the ladder the accumulator and the point that is added are known combinations
a G + b R of the two generators, given by the digits of u1 and u2. With R = k G for a k of our choice the
accumulator is (a + b k) G, so for any digits there is a k that makes it equal to the point added, its
opposite, or infinity: an attacker needs no more than this.

    adversary.py [SEED]      prints lines: hash r s recid (hex), and after a # what they hit"""
import random
import sys

from constants import G_OFFSET, HALF, R_OFFSET
from curve import A1, A2, B1, B2, G, LAMBDA, N, P, multiply
from isa import G_TOP, G_WINDOW, R_WINDOW, R_WINDOWS, WIDTH

KINDS = ("equal", "opposite", "infinity")


def split(half_u2):
    """The halves of u2 as the core rounds them, and their window bits."""
    radix = 1 << WIDTH
    c1 = (half_u2 * ((B2 * radix + N // 2) // N) + radix // 2) >> WIDTH
    c2 = (half_u2 * ((-B1 * radix + N // 2) // N) + radix // 2) >> WIDTH
    return half_u2 - c1 * A1 - c2 * A2 + 2**128, -c1 * B1 - c2 * B2 + 2**128


def digit(bits, window, width):
    return 2 * (bits >> (window * width) & ((1 << width) - 1)) - ((1 << width) - 1)


def additions(u1, u2):
    """Every addition of the ladder: (name, accumulator, point) with both as pairs (a, b) of a G + b R.
    u1 is that of the core: the key is u1 (-G) + u2 R."""
    half_u1 = (u1 * HALF + G_OFFSET) % N
    low, high = half_u1 & (2**128 - 1), half_u1 >> 128
    r_low, r_high = split((u2 * HALF + R_OFFSET) % N)
    top = R_WINDOW * (R_WINDOWS - 1)
    a, b = 0, digit(r_low, R_WINDOWS - 1, R_WINDOW)
    for position in range(top, -1, -1):
        points = []
        if position < top:
            a, b = 2 * a, 2 * b
        if position % R_WINDOW == 0:
            window = position // R_WINDOW
            if position < top:
                points.append((f"r_low {window}", 0, digit(r_low, window, R_WINDOW)))
            points.append((f"r_high {window}", 0, LAMBDA * digit(r_high, window, R_WINDOW)))
        if position % G_WINDOW == 0 and position <= G_TOP:
            window = position // G_WINDOW
            points.append((f"g_low {window}", -digit(low, window, G_WINDOW), 0))
            points.append((f"g_high {window}", -digit(high, window, G_WINDOW) * 2**128, 0))
        for name, point_a, point_b in points:
            yield name, (a % N, b % N), (point_a % N, point_b % N)
            a, b = a + point_a, b + point_b
    assert (a + u1) % N == 0 and (b - u2) % N == 0, "the ladder computes something else"


def collide(kind, accumulator, point):
    """k with R = k G such that the accumulator is the point, its opposite, or infinity; None if there is none."""
    (a, b), (c, d) = accumulator, point
    top, bottom = {"equal": (c - a, b - d), "opposite": (-c - a, b + d), "infinity": (-a, b)}[kind]
    if bottom % N == 0:
        return None
    return top * pow(bottom, -1, N) % N or None


def item(u1, u2, k):
    """(hash, r, s, recid) of a signature whose R is k G and whose scalars are u1 and u2."""
    x, y = multiply(k, G)
    r = x % N
    return u1 * r % N, r, u2 * r % N, (y & 1) | (2 if x >= N else 0)


def craft(seed=1):
    """One item for every addition and kind; yields (what it hits, item)."""
    source = random.Random(seed)
    names = [name for name, _, _ in additions(1, 1)]
    for index, name in enumerate(names):
        for kind in KINDS:
            k = None
            for _ in range(8):
                u1, u2 = source.randrange(1, N), source.randrange(1, N)
                _, accumulator, point = list(additions(u1, u2))[index]
                k = collide(kind, accumulator, point)
                if k:
                    break
            if k:  # two multiples of R alone meet for no k: their factors are known and differ
                yield f"{name} {kind}", item(u1, u2, k)
    for what, u1, u2, k in (("key at infinity", 5, 5 * pow(7, -1, N) % N, 7), ("u1 zero", 0, 3, 11),
                            ("u2 one", 9, 1, 13), ("R is G", 17, 23, 1), ("R is -G", 17, 23, N - 1),
                            ("R is 2^128 G", 17, 23, 2**128), ("R is lambda G", 17, 23, LAMBDA)):
        yield what, item(u1, u2, k)


def main():
    for what, (digest, r, s, recid) in craft(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        print(f"{digest:064x} {r:064x} {s:064x} {recid} # {what}")


if __name__ == "__main__":
    main()
