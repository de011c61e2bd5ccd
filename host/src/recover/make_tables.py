#!/usr/bin/env python3
"""Writes the multiples of G that recovery adds, as a C source file, to standard output.

Row i of table q is (2i + 1)·2^(64·q)·G, x then y, each as four 64-bit words, the lowest first.
Plain affine arithmetic modulo p; the inversions of one table share one (Montgomery's trick)."""
import itertools

TABLES, ROWS = 4, 4096  # as in tables.h

P = 2**256 - 2**32 - 977
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
MULTIPLIER = 0x9E3779B97F4A7C15  # of the checksum


def invert_all(numbers):
    products = list(itertools.accumulate(numbers, lambda a, b: a * b % P))
    inverse = pow(products[-1], -1, P)
    result = [0] * len(numbers)
    for i in range(len(numbers) - 1, 0, -1):
        result[i] = inverse * products[i - 1] % P
        inverse = inverse * numbers[i] % P
    result[0] = inverse
    return result


def chord(a, b, inverse):
    slope = (b[1] - a[1]) * inverse % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def double(a):
    slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    x = (slope * slope - 2 * a[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def odd_multiples(base):
    """base, 3·base, …: each pass adds one even multiple to all that there are, and so doubles them."""
    rows, even = [base], double(base)
    while len(rows) < ROWS:
        inverses = invert_all([(even[0] - row[0]) % P for row in rows])
        rows += [chord(row, even, inverse) for row, inverse in zip(rows, inverses)]
        even = double(even)
    return rows


def words(point):
    return [(coordinate >> shift) & (2**64 - 1) for coordinate in point for shift in (0, 64, 128, 192)]


def main():
    print('/* Made by host/src/recover/make_tables.py. */')
    print('#include "host/src/recover/tables.h"\n')
    print('const uint64_t hyp_recover_table[HYP_RECOVER_TABLES][HYP_RECOVER_ROWS][8] = {')
    checksum, base = 0, G
    for _ in range(TABLES):
        print('{')
        for row in map(words, odd_multiples(base)):
            print('{' + ','.join(f'0x{word:x}' for word in row) + '},')
            for word in row:
                checksum = ((checksum ^ word) * MULTIPLIER) % 2**64
                checksum ^= checksum >> 32
        print('},')
        for _ in range(64):
            base = double(base)
    print('};')
    print(f'/* checksum 0x{checksum:016x} */')


main()
