#!/usr/bin/python3
"""hyperion matmul against NumPy's int32 product, and against files that are wrong in every way.
(Debian's Python, because it is the one that Debian's NumPy belongs to.)"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from numpy.lib import format as npy_format
except ImportError:
    print("ok 1 - hyperion matmul # SKIP no python3-numpy\n1..1")
    sys.exit()

HYPERION = os.path.join(os.environ.get("BUILD", "build"), "bin", "hyperion")
DEVICE = os.environ.get("HYP_TEST_DEVICE", "cpu")
rng = np.random.default_rng(1)
count = 0


def ok(name, passed, detail=""):
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}")
    if not passed and detail:
        print("# " + str(detail).replace("\n", "\n# ")[:2000])


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def int8(*shape):
    return rng.integers(-128, 128, shape, dtype=np.int8)


def run(*arguments, device=None):
    done = subprocess.run([HYPERION, "matmul", "--device", device or DEVICE, *arguments], capture_output=True,
                          timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def save(name, array):
    np.save(name, array)
    return name + ".npy"


def product(a, b, *options):
    os.path.exists("C.npy") and os.remove("C.npy")
    code, out, err = run(save("A", a), save("B", b), "-o", "C.npy", *options)
    return np.load("C.npy") if code == 0 else (code, out, err)


def same(got, want):
    return isinstance(got, np.ndarray) and got.dtype == want.dtype and got.shape == want.shape \
        and np.array_equal(got, want)


def requant(c, m, s, dtype):
    """In Python's own integers, which do not wrap."""
    info = np.iinfo(dtype)
    rows = [[min(max((int(v) * int(m[j]) + (1 << int(s[j]) >> 1)) >> int(s[j]), info.min), info.max)
             for j, v in enumerate(row)] for row in c]
    return np.array(rows, dtype=dtype).reshape(c.shape)


def check_products():
    for m, k, n in [(1, 1, 1), (2, 3, 4), (5, 64, 64), (64, 65, 63), (1, 300, 129), (33, 1, 17),
                    (3, 1000, 2), (0, 5, 6), (5, 0, 6), (5, 6, 0), (0, 0, 0)]:
        a, b = int8(m, k), int8(k, n)
        want = a.astype(np.int32) @ b.astype(np.int32)
        ok(f"{m}×{k}×{n}", same(product(a, b), want))
        bias = rng.integers(-2**30 + 1, 2**30, n, dtype=np.int32)
        ok(f"{m}×{k}×{n} with a bias", same(product(a, b, "--bias", save("bias", bias)), want + bias))
        mult = rng.integers(0, 2**31, n, dtype=np.int32)
        shift = rng.integers(0, 63, n).astype(np.uint8)
        options = ["--requant", f"{save('m', mult)},{save('s', shift)}"]
        for bits, dtype in ((None, np.int8), ("8", np.int8), ("16", np.int16)):
            got = product(a, b, *options, *(["--requant-bits", bits] if bits else []))
            ok(f"{m}×{k}×{n} requantised to {dtype.__name__}", same(got, requant(want, mult, shift, dtype)))
    low = np.full((2, 131071), -128, dtype=np.int8)
    want = np.full((2, 2), 131071 * 16384, dtype=np.int32)
    ok("the largest sum of all", same(product(low, low.T), want))


def check_card():
    a, b = int8(19, 130), int8(130, 70)
    bias = rng.integers(-2**20, 2**20, 70, dtype=np.int32)
    names = [save("A", a), save("B", b), "-o", "C.npy", "--bias", save("bias", bias)]
    want = a.astype(np.int32) @ b.astype(np.int32) + bias
    code, out, err = run(*names, device="sim")
    if code == 3 and "no libhyperion-sim.so" in err:
        skip("19×130×70 on sim", err.strip())
        return
    ok("19×130×70 on sim", code == 0 and same(np.load("C.npy"), want), err)
    mult, shift = rng.integers(0, 2**31, 70, dtype=np.int32), rng.integers(30, 50, 70).astype(np.uint8)
    code, out, err = run(*names, "--requant", f"{save('m', mult)},{save('s', shift)}", device="sim")
    ok("requantised on sim", code == 0 and same(np.load("C.npy"), requant(want, mult, shift, np.int8)), err)


def check_layouts():
    a, b = int8(7, 50), int8(50, 9)
    want = a.astype(np.int32) @ b.astype(np.int32)
    ok("Fortran order of both", same(product(np.asfortranarray(a), np.asfortranarray(b)), want))
    for version in ((1, 0), (2, 0), (3, 0)):
        with open("A.npy", "wb") as f:
            npy_format.write_array(f, a, version=version)
        code, out, err = run("A.npy", save("B", b), "-o", "C.npy")
        ok(f"format version {version}", code == 0 and same(np.load("C.npy"), want), err)
    with open("C.npy", "rb") as f:
        mine = f.read()
    np.save("D", want)
    with open("D.npy", "rb") as f:
        ok("C is the file that numpy.save writes", f.read() == mine)
    code, out, err = run("A.npy", "B.npy", "-o", "C.npy", "--json")
    got = json.loads(out)
    ok("--json", code == 0 and (got["rows"], got["inner"], got["columns"]) == (7, 50, 9) and
       got["type"] == "int32" and got["output"] == "C.npy" and got["keccak"].startswith("0x"), out)


def refused(name, want, *arguments):
    code, out, err = run(*arguments)
    ok(name, code == 2 and want in err and err.count("\n") <= 2 and out == "" and
       not os.path.exists("none.npy"), (code, out, err))


def check_refused():
    a, b = save("A", int8(3, 4)), save("B", int8(5, 6))
    fits = save("F", int8(4, 6))
    refused("shapes that do not fit are both named", "shape (3, 4) and B.npy has shape (5, 6)",
            a, b, "-o", "none.npy")
    for dtype in (np.uint8, np.int16, np.int32):
        wrong = save("W", int8(3, 4).astype(dtype))
        refused(f"{dtype.__name__} as A", f"A must be int8, not {dtype.__name__}", wrong, fits, "-o", "none.npy")
    for dtype, code in ((np.float32, "<f4"), (np.int64, "<i8"), (">i4", ">i4"), (bool, "|b1"), ("U3", "<U3")):
        wrong = save("W", np.zeros((3, 4), dtype=dtype))
        refused(f"{code} as A", f'dtype "{code}"', wrong, fits, "-o", "none.npy")
    wrong = save("W", np.zeros((3, 4), dtype=[("a", "i1"), ("b", "i1")]))
    refused("a structure as A", "its dtype is a structure", wrong, fits, "-o", "none.npy")
    for shape in ((), (4,), (1, 3, 4)):
        refused(f"{len(shape)} dimensions as A", f"its shape is {shape}", save("W", int8(*shape)), fits, "-o", "none.npy")
    refused("a bias of the wrong length", "shape (5,) does not fit B of shape (4, 6)", a, fits,
            "-o", "none.npy", "--bias", save("V", np.zeros(5, np.int32)))
    refused("a bias of the wrong type", "the bias must be int32, not int16", a, fits, "-o", "none.npy",
            "--bias", save("V", np.zeros(6, np.int16)))
    refused("a bias that is too large", "2^30", a, fits, "-o", "none.npy",
            "--bias", save("V", np.full(6, 2**30, np.int32)))
    m, s = save("m", np.zeros(6, np.int32)), save("s", np.zeros(6, np.uint8))
    negative, large = save("n", np.full(6, -1, np.int32)), save("l", np.full(6, 63, np.uint8))
    refused("one file for --requant", "two files", a, fits, "-o", "none.npy", "--requant", m)
    refused("a negative multiplier", "multiplier", a, fits, "-o", "none.npy", "--requant", f"{negative},{s}")
    refused("a shift above 62", "62", a, fits, "-o", "none.npy", "--requant", f"{m},{large}")
    refused("7 bits", "--requant-bits takes 8 or 16", a, fits, "-o", "none.npy", "--requant-bits", "7")
    refused("K that is too large", "131", save("A", int8(1, 131072)), save("B", int8(131072, 1)), "-o", "none.npy")
    refused("K that is too large with a bias", "65", save("A", int8(1, 65536)), save("B", int8(65536, 1)),
            "-o", "none.npy", "--bias", save("V", np.zeros(1, np.int32)))
    refused("no output", "-o FILE is needed", a, fits)
    refused("one matrix", "two matrices are needed", a, "-o", "none.npy")
    refused("a file that is not there", "No such file", "absent.npy", fits, "-o", "none.npy")
    refused("an output that cannot be", "cannot write", save("A", int8(3, 4)), fits, "-o", "absent/none.npy")


def check_damaged():
    with open(save("A", int8(3, 4)), "rb") as f:
        good = f.read()
    fits = save("F", int8(4, 6))
    quiet = all(run_bytes(good[:cut], fits)[0] == 2 for cut in range(0, len(good), 7))
    ok("a file that ends early, anywhere", quiet)
    code, err = run_bytes(good + b"\0", fits)
    ok("bytes behind the array", code == 2 and "1 bytes follow" in err, err)
    code, err = run_bytes(good[:6] + b"\4" + good[7:], fits)
    ok("format 4.0", code == 2 and "NumPy format 4.0" in err, err)
    for old, new in ((b"(3, 4)", b"(3, 5)"), (b"(3, 4)", b"(3  4)"), (b"False", b"Maybe"),
                     (b"shape", b"shade"), (b"'descr'", b"'shape'"), (b"{", b"["), (b"}", b" ")):
        code, err = run_bytes(good.replace(old, new), fits)
        ok(f"{old.decode()} → {new.decode()}", code == 2 and err.count("\n") == 1, err)


def run_bytes(content, other):
    with open("X.npy", "wb") as f:
        f.write(content)
    code, out, err = run("X.npy", other, "-o", "none.npy")
    return code, err


HYPERION = os.path.abspath(HYPERION)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    check_products()
    check_card()
    check_layouts()
    check_refused()
    check_damaged()
    os.chdir("/")
print(f"1..{count}")
