"""Constants that the microprogram multiplies by or adds, in the order in which it numbers them."""
from curve import A1, A2, B1, B2, BETA, LAMBDA, N, P
from isa import G_WINDOW, G_WINDOWS, R_WINDOW, R_WINDOWS, WIDTH

RADIX = 1 << WIDTH

# Both scalars become windows of signed odd digits: sum of (2 bit_j - 1) 2^j is 2 * bits - (2^length - 1), so the
# bits come from (scalar + 2^length - 1) / 2. Halves of u1 weigh 1 and 2^128, halves of u2 1 and lambda.
# The halves of u2 are taken around zero; the core adds 2^128 to make them bits, by inverting bit 128.
HALF = pow(2, -1, N)
G_OFFSET = ((1 << (G_WINDOW * G_WINDOWS)) - 1) * (1 + 2**128) * HALF % N
R_OFFSET = (((1 << (R_WINDOW * R_WINDOWS)) - 1) * HALF - 2**128) * (1 + LAMBDA) % N

# Operands on the multiplier's y side.
Y_CONSTANTS = {
    "one": 1,
    "beta": BETA,
    "montgomery": -pow(N, -1, RADIX) % RADIX,
    "order": N,
    "lattice1": (B2 * RADIX + N // 2) // N,
    "lattice2": (-B1 * RADIX + N // 2) // N,
    "minus_a1": -A1 % RADIX,  # and minus_b2
    "minus_a2": -A2 % RADIX,
    "minus_b1": -B1,
}
assert B2 == A1

# Addends after the product.
F_CONSTANTS = {
    "seven": 7,
    "g_offset": G_OFFSET * RADIX % N,
    "r_offset": R_OFFSET * RADIX % N,
    "half": RADIX // 2,
}

# What the inverter's result is multiplied by: for scalars this takes the Montgomery radix out of the product
# with the inverse and halves it, as the windows want.
INVERSE_SCALE_N = RADIX * HALF % N
INVERSE_SCALE_P = 1

# Added to make differences positive; registers hold less than 2^256 + 2^80 < 2p.
TWO_P = 2 * P
FOUR_P = 4 * P
