"""The fixed tables: odd multiples of -G and of -2^128 G, scaled so that the mixed addition costs 11 products."""
from curve import G, N, P, add, multiply, negate
from isa import G_WINDOW


def batch_inverse(values):
    """Inverses mod p of many non-zero numbers, for the price of one."""
    prefix, running = [], 1
    for value in values:
        prefix.append(running)
        running = running * value % P
    running = pow(running, -1, P)
    inverses = [0] * len(values)
    for i in reversed(range(len(values))):
        inverses[i] = running * prefix[i] % P
        running = running * values[i] % P
    return inverses


def odd_multiples(point, count):
    """[point, 3 point, 5 point, ...], affine: each pass adds a known even multiple to all that are known."""
    found, step = [point], add(point, point)
    while len(found) < count:
        if len(found) == 1:
            found.append(add(point, step))
            step = add(step, step)
            continue
        slopes = batch_inverse([(step[0] - x) % P for x, _ in found])
        new = []
        for (x, y), inverse in zip(found, slopes):
            slope = (step[1] - y) * inverse % P
            x3 = (slope * slope - x - step[0]) % P
            new.append((x3, (slope * (x - x3) - y) % P))
        found, step = found + new, add(step, step)
    return found[:count]


def fixed_table():
    """Rows (x / 21, y / 21): first those of -G, then those of -2^128 G."""
    scale = pow(21, -1, P)
    rows = []
    for base in (negate(G), negate(multiply(2**128 % N, G))):
        rows += [(x * scale % P, y * scale % P) for x, y in odd_multiples(base, 1 << (G_WINDOW - 1))]
    return rows
