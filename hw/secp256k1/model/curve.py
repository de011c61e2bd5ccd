"""secp256k1 in plain integers: the constants of the core, and slow affine arithmetic for tables and tests."""

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
B = 7
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)

# The endomorphism: LAMBDA * (x, y) = (BETA * x, y).
BETA = 0x7AE96A2B657C07106E64479EAC3434E99CF0497512F58995C1396C28719501EE
LAMBDA = 0x5363AD4CC05C30E0A5261C028812645A122E22EA20816678DF02967C1B23BD72

# Short basis (A1, B1), (A2, B2) of the lattice {(a, b): a + b * LAMBDA = 0 mod N}; B2 = A1.
A1 = 0x3086D221A7D46BCDE86C90E49284EB15
B1 = -0xE4437ED6010E88286F547FA90ABFE4C3
A2 = 0x114CA50F7A8E2F3F657C1108D9D44CFD8
B2 = A1


def negate(point):
    return None if point is None else (point[0], -point[1] % P)


def add(left, right):
    """Sum of two affine points; None is the point at infinity."""
    if left is None:
        return right
    if right is None:
        return left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = 3 * x1 * x1 * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def multiply(scalar, point):
    result = None
    for bit in bin(scalar % N)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def recover(digest, r, s, recid):
    """The public key, or the name of the status that refuses it (docs/ops.md gives the precedence)."""
    if recid > 3:
        return "bad_recid"
    if not 0 < r < N:
        return "bad_r"
    if not 0 < s < N:
        return "bad_s"
    x = r + N if recid & 2 else r
    if x >= P:
        return "bad_r"
    square = (x * x * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return "not_on_curve"
    if y & 1 != recid & 1:
        y = P - y
    inverse = pow(r, -1, N)
    key = add(multiply(-digest * inverse, G), multiply(s * inverse, (x, y)))
    return "infinity" if key is None else key
