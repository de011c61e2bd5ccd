#!/usr/bin/env python3
"""Writes the tables of EXP2 and SIGMOID as a C source file to standard output.

Integers only, so that the tables are the same wherever this runs: powers of two by exact comparison of
256th powers, e^-x by its series with 256 fraction bits."""

ONE = 1 << 30
BITS = 256


def exp2(i):
    """The integer nearest to 2^30 · 2^(i/256)."""
    low, high = ONE, 2 * ONE
    while low < high:  # the least y with (y + 1/2)^256 > 2^(30·256 + i)
        y = (low + high) // 2
        if (2 * y + 1) ** 256 > 1 << (31 * 256 + i):
            high = y
        else:
            low = y + 1
    return low


def exp_minus(i):
    """e^(−i/64) with BITS fraction bits, to within a few of the last."""
    step = 1 << BITS
    power, n = 0, 0
    while step:  # e^(1/64), then its i-th power divides
        power += step
        n += 1
        step //= 64 * n
    value = 1 << BITS
    for _ in range(i):
        value = (value << BITS) // power
    return value


def sigmoid(i):
    """The integer nearest to 2^30 / (1 + e^(−i/64))."""
    denominator = (1 << BITS) + exp_minus(i)
    return ((ONE << (BITS + 1)) + denominator) // (2 * denominator)


def write(name, values):
    print(f'\nconst uint32_t {name}[{len(values)}] = {{')
    for i in range(0, len(values), 8):
        print('    ' + ', '.join(f'0x{value:08x}' for value in values[i:i + 8]) + ',')
    print('};')


print('/* Made by host/src/opcodes/make_tables.py. */')
print('#include "host/src/opcodes/functions.h"')
write('hyp_exp2_table', [exp2(i) for i in range(257)])
write('hyp_sigmoid_table', [sigmoid(i) for i in range(1025)])
