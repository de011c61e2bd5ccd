#!/usr/bin/env python3
"""The executable model of the recovery core against libsecp256k1: shared cases, random and crafted items, the
inverter's step count, and that the model refuses what the pipeline could not do."""
import ctypes
import ctypes.util
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "hw/secp256k1/model")
import adversary  # noqa: E402
import curve  # noqa: E402
import isa  # noqa: E402
import machine  # noqa: E402
import program  # noqa: E402

SHARED = os.path.join(os.environ.get("HYP_TEST_DATA", "../shared/data"), "ecrecover.json")
tests = 0
failed = 0


def report(good, name):
    global tests, failed
    tests += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {tests} - {name}")


class Library:
    """libsecp256k1 by ctypes."""

    def __init__(self):
        self.lib = ctypes.CDLL(ctypes.util.find_library("secp256k1"))
        self.lib.secp256k1_context_create.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.secp256k1_context_create(1))

    def recover(self, item):
        """(status, x, y) with failures of the curve told from infinity by whether x parses."""
        digest, r, s, recid = item
        status, x, *_ = machine.check(*item)
        if status != "ok":
            return status, 0, 0
        key, signature = ctypes.create_string_buffer(64), ctypes.create_string_buffer(65)
        if not self.lib.secp256k1_ec_pubkey_parse(self.context, key, b"\2" + x.to_bytes(32, "big"), 33):
            return "not_on_curve", 0, 0
        compact = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if not (self.lib.secp256k1_ecdsa_recoverable_signature_parse_compact(self.context, signature, compact, recid)
                and self.lib.secp256k1_ecdsa_recover(self.context, key, signature, digest.to_bytes(32, "big"))):
            return "infinity", 0, 0
        out, length = ctypes.create_string_buffer(65), ctypes.c_size_t(65)
        self.lib.secp256k1_ec_pubkey_serialize(self.context, out, ctypes.byref(length), key, 2)
        return "ok", int.from_bytes(out.raw[1:33], "big"), int.from_bytes(out.raw[33:65], "big")


def agrees(model, library, items):
    wrong = [(item, got) for item, got in zip(items, machine.recover(model, items)) if library.recover(item) != got]
    for item, got in wrong[:5]:
        print("#", [hex(number) for number in item], got, library.recover(item))
    return not wrong


def test_shared(model):
    if not os.path.exists(SHARED):
        report(True, f"shared cases # SKIP {SHARED} is absent")
        return
    with open(SHARED, encoding="utf-8") as file:
        cases = json.load(file)
    # One batch in four here; the RTL runs all of them.
    cases = cases[::4]
    items = [(int(c["hash"], 16), int(c["r"], 16), int(c["s"], 16), c["recid"]) for c in cases]
    keys = [f"{x:064x}{y:064x}" if status == "ok" else None for status, x, y in machine.recover(model, items)]
    report(keys == [case["pubkey"] for case in cases], "shared cases")


def random_items(seed, count):
    """Good signatures, three in ten of them with one number replaced, one in five with another recid."""
    source = random.Random(seed)
    items = []
    for _ in range(count):
        digest, secret, nonce = (source.randrange(1, curve.N) for _ in range(3))
        x, y = curve.multiply(nonce, curve.G)
        s = pow(nonce, -1, curve.N) * (digest + x * secret) % curve.N
        item = [digest, x % curve.N, s, (y & 1) | (2 if x >= curve.N else 0)]
        if source.random() < 0.3:
            item[source.randrange(3)] = source.choice([0, 1, curve.N - 1, curve.N, curve.P, 2**256 - 1,
                                                       source.randrange(2**256)])
        if source.random() < 0.2:
            item[3] = source.randrange(6)
        items.append(tuple(item))
    return items


def test_random(model, library):
    report(agrees(model, library, random_items(1, 4 * isa.LANES + 3)), "random and mutated items")


def test_infinity_lanes(model, library):
    """One in the first, the last and every lane: what is substituted must not reach the other lanes."""
    digest, r, s, recid = next(item for what, item in adversary.craft() if what == "key at infinity")
    bad, good = (digest, r, s, recid), next(adversary.craft(2))[1]
    for name, lanes in (("first", [0]), ("last", [isa.LANES - 1]), ("all", range(isa.LANES))):
        items = [bad if lane in lanes else good for lane in range(isa.LANES)]
        report(agrees(model, library, items), f"key at infinity in the {name} lane")


def divsteps(modulus, value, steps):
    """g after that many steps of the inverter."""
    delta, f, g = 0, modulus, value
    for _ in range(steps):
        if g & 1 and delta >= 0:
            delta, f, g = -delta, g, (g - f) // 2
        else:
            delta, g = delta + 1, (g + (g & 1) * f) // 2
    return g, f


def test_divsteps():
    source = random.Random(3)
    values = [1, 2, 3, curve.N - 1, curve.P - 1, 2**255, (1 << 256) // 3] + [source.randrange(1, curve.N)
                                                                            for _ in range(2000)]
    ends = {divsteps(modulus, value % modulus, isa.INVERSE_STEPS) for modulus in (curve.P, curve.N)
            for value in values}
    report(ends <= {(0, 1), (0, -1)}, "the inverter's steps are enough")


def test_hazards():
    """A program with a slot too few between two operations must be refused when it runs."""
    made = program.Program()
    reader = next(i for i, slot in enumerate(made.slots) if slot is None)
    del made.words[reader]
    try:
        machine.Machine(made).run([(1, 1, 1, 0)])
        report(False, "a missing slot is refused")
    except machine.HazardError as hazard:
        report("too early" in str(hazard) or "not ready" in str(hazard), f"a missing slot is refused: {hazard}")


def test_words():
    source = random.Random(4)
    same = all(isa.encode(isa.decode(word)) == word for word in program.Program().words)
    words = [source.getrandbits(8) for _ in range(100)]
    report(same and all(isa.encode(isa.decode(word)) == word for word in words), "instructions encode and decode")


def main():
    model, library = machine.Machine(), Library()
    test_words()
    test_hazards()
    test_divsteps()
    test_random(model, library)
    test_infinity_lanes(model, library)
    report(agrees(model, library, [item for _, item in adversary.craft()]), "items crafted against the microprogram")
    test_shared(model)
    print(f"1..{tests}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
