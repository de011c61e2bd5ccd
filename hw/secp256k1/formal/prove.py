#!/usr/bin/env python3
"""Proves the additions around the multiplier: that no sum wraps, and that results are congruent mod p.

    prove.py [--seconds LIMIT] [--jobs N] [--work DIR] PACKAGE.sv

For each register of secp256k1_factors and secp256k1_reduce a lemma says what integer it holds one clock edge after its
inputs; a last set of lemmas, about integers alone, puts these together:

    factors:  x = a + b, a - b + 2p or a - 3b + 4p; y = c + d or c - d + 2p
    reduce:   result ≡ scale · (product - e) ± f mod p, below 2^256 + 2^80, for every scale and sign;
              canonical < p where the result is below 2p; zero exactly where the result is 0 or p
    raw:      low + 2^264 · high of product + f, high + high_i

False claims beside true ones must be refuted, so that a prover which says yes to all is found out. Prints TAP."""
import argparse
import concurrent.futures
import os
import sys
import tempfile

from smt import (Integers, Lemma, Module, add, below, both, choose, equal, implies, number, prove, sub, times)

P = 2**256 - 2**32 - 977
LAZY = 2**256 + 2**80
PRODUCT = 2**520
RTL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rtl")
SCALES = [1, 2, 8, 21, 63]


def control(module, signal, bit, step=0):
    """Whether a bit of a control shift register is set."""
    return equal(module.at(signal, step, bit, bit), number(1))


def factor_lemmas(m):
    a, b, c, d = (m.at(f"{s}_i") for s in "abcd")
    op, negate = m.at("b_op_i"), equal(m.at("negate_d_i"), number(1))
    range_b = implies(f"(not {equal(op, number(0))})", below(b, LAZY))
    range_d = implies(negate, below(d, LAZY))
    b_term = choose(equal(op, number(1)), sub(number(2 * P), b),
                    choose(equal(op, number(2)), sub(number(4 * P), times(3, b)), b))
    yield Lemma("factors: term of b", 1, [range_b], equal(m.at("b_term_q", 1), b_term))
    yield Lemma("factors: term of d", 1, [range_d],
                equal(m.at("d_term_q", 1), choose(negate, sub(number(2 * P), d), d)))
    yield Lemma("factors: a and c wait", 1, [], both(equal(m.at("a_q", 1), a), equal(m.at("c_q", 1), c)))
    for x, p, q in (("x_q", "a_q", "b_term_q"), ("y_q", "c_q", "d_term_q")):
        terms = [m.at(p), m.at(q)]
        yield Lemma(f"factors: {x}", 1, [below(add(*terms), 2**264)], equal(m.at(x, 1), add(*terms)))


def fold_lemmas(m):
    """Registers of the reduction, up to the first fold."""
    product = m.at("product_i")
    low, h = m.at("product_i", 0, 255, 0), m.at("product_i", 0, 527, 256)
    yield Lemma("reduce: product in two parts", 1, [], equal(product, add(low, times(2**256, h))))
    yield Lemma("reduce: shifted", 1, [below(h, 2**264)], equal(m.at("shifted_q", 1), add(low, times(2**32, h))))
    yield Lemma("reduce: 1025 h", 1, [], equal(m.at("times_1025_q", 1), times(1025, h)))
    yield Lemma("reduce: 48 h", 1, [], equal(m.at("times_48_q", 1), times(48, h)))
    shifted, t1025, t48 = m.at("shifted_q"), m.at("times_1025_q"), m.at("times_48_q")
    yield Lemma("reduce: folded", 1, [below(shifted, 2**297), f"(bvuge {t1025} {t48})"],
                equal(m.at("folded_q", 1), sub(add(shifted, t1025), t48)))


def scale_lemmas(m):
    """From the first fold to the second."""
    e, f = m.at("e_q"), m.at("f_3q")
    yield Lemma("reduce: term of e", 1, [implies(control(m, "subtract_e_q", 0), below(e, LAZY))],
                equal(m.at("e_term_q", 1), choose(control(m, "subtract_e_q", 0), sub(number(2 * P), e), number(0))))
    folded, e_term = m.at("folded_q"), m.at("e_term_q")
    yield Lemma("reduce: difference", 1, [], equal(m.at("difference_q", 1), add(folded, e_term)))
    difference = m.at("difference_q")
    for code, scale in enumerate(SCALES):
        yield Lemma(f"reduce: times {scale}", 1,
                    [equal(m.at("scale_q", 0, 8, 6), number(code)), below(difference, 2**307)],
                    equal(m.at("scaled_q", 1), times(scale, difference)))
    yield Lemma("reduce: term of f", 1, [implies(control(m, "subtract_f_q", 2), below(f, LAZY))],
                equal(m.at("f_term_q", 1), choose(control(m, "subtract_f_q", 2), sub(number(2 * P), f), f)))
    scaled, f_term = m.at("scaled_q"), m.at("f_term_q")
    yield Lemma("reduce: sum", 1, [below(add(scaled, f_term), 2**313)], equal(m.at("sum_q", 1), add(scaled, f_term)))


def result_lemmas(m):
    """The second fold and what is said of its value."""
    bottom, top = m.at("sum_q", 0, 255, 0), m.at("sum_q", 0, 312, 256)
    yield Lemma("reduce: sum in two parts", 1, [], equal(m.at("sum_q"), add(bottom, times(2**256, top))))
    yield Lemma("reduce: fold of the top", 1, [], equal(m.at("top_fold_q", 1), times(2**32 + 977, top)))
    yield Lemma("reduce: bottom", 1, [], equal(m.at("bottom_q", 1), bottom))
    value = add(m.at("bottom_q"), m.at("top_fold_q"))
    field = f"(not {control(m, 'raw_q', 5)})"
    yield Lemma("reduce: value", 1, [field, below(value, LAZY)], equal(m.at("value_q", 1), value))
    value = m.at("value_q")
    yield Lemma("reduce: value waits", 1, [], equal(m.at("value_2q", 1), value))
    # The top bits are zero below 2^257, so the rest is all of it.
    low = m.at("value_q", 0, 256, 0)
    yield Lemma("reduce: value in 257 bits", 0, [below(value, LAZY)], equal(value, low))
    yield Lemma("reduce: less p, of values below p", 1, [below(low, P)],
                equal(m.at("less_p_q", 1), add(low, number(2**257 - P))))
    yield Lemma("reduce: less p, of others", 1, [f"(bvuge {low} {number(P)})"],
                equal(m.at("less_p_q", 1), sub(low, number(P))))
    for register, of in (("is_zero_q", 0), ("is_p_q", P)):
        yield Lemma(f"reduce: {register}", 1, [],
                    equal(m.at(register, 1), choose(equal(low, number(of)), number(1), number(0))), bits=True)
    is_zero = f"(or {equal(m.at('is_zero_q'), number(1))} {equal(m.at('is_p_q'), number(1))})"
    yield Lemma("reduce: zero", 1, [], equal(m.at("zero_q", 1), choose(is_zero, number(1), number(0))))
    yield Lemma("reduce: result", 1, [], equal(m.at("result_q", 1), choose(
        both(control(m, "one_q", 7), is_zero), number(1), m.at("value_2q"))))
    yield Lemma("reduce: canonical", 1, [], equal(m.at("canonical_q", 1), choose(
        equal(m.at("less_p_q", 0, 256, 256), number(1)), m.at("value_2q", 0, 255, 0), m.at("less_p_q", 0, 255, 0))))


def raw_lemmas(m):
    product, f = m.at("product_i"), m.at("f_i")
    low, rest = m.at("product_i", 0, 263, 0), m.at("product_i", 0, 527, 264)
    yield Lemma("raw: product in two parts", 1, [], equal(product, add(low, times(2**264, rest))))
    yield Lemma("raw: sum", 1, [], equal(m.at("raw_sum_q", 1), add(low, f)))
    yield Lemma("raw: rest waits", 1, [], equal(m.at("raw_rest_q", 1), rest))
    total, carry = m.at("raw_sum_q", 0, 263, 0), m.at("raw_sum_q", 0, 264, 264)
    high = choose(equal(m.at("raw_high_q"), number(1)), m.at("high_q"), number(0))
    terms = add(m.at("raw_rest_q"), high, carry)
    yield Lemma("raw: low half", 1, [], equal(m.at("raw_low_q", 1), total))
    yield Lemma("raw: high half", 1, [below(terms, 2**264)], equal(m.at("raw_high_sum_q", 1), terms))


def delay_lemmas(m):
    """Controls and waiting operands reach the stage that the integers below take them for."""
    def same(register, steps, source):
        return Lemma(f"delay: {register} after {steps}", steps, [], equal(register_at(register, steps), m.at(source)),
                     bits=True)

    def register_at(register, steps):
        name, _, bits = register.partition("[")
        if not bits:
            return m.at(name, steps)
        high, _, low = bits.rstrip("]").partition(":")
        return m.at(name, steps, int(high), int(low or high))

    yield same("e_q", 1, "e_i")
    yield same("f_3q", 3, "f_i")
    yield same("subtract_e_q[0]", 1, "subtract_e_i")
    yield same("subtract_f_q[2]", 3, "subtract_f_i")
    yield same("scale_q[8:6]", 3, "scale_i")
    yield same("one_q[7]", 8, "one_if_zero_i")
    yield Lemma("delay: raw_q[5] after 6", 6, [], equal(m.at("raw_q", 6, 5, 5), choose(
        f"(or {equal(m.at('raw_low_i'), number(1))} {equal(m.at('raw_high_i'), number(1))})", number(1), number(0))), bits=True)


def whole_lemmas():
    """The lemmas together: integers of a field operation."""
    for scale in SCALES:
        for minus_e in (False, True):
            for minus_f in (False, True):
                difference = "(+ folded (- %d e))" % (2 * P) if minus_e else "folded"
                f_term = "(- %d f)" % (2 * P) if minus_f else "f"
                given = ["(< low %d)" % 2**256, "(< (+ low (* %d h)) %d)" % (2**256, PRODUCT),
                         "(< e %d)" % LAZY, "(< f %d)" % LAZY,
                         "(= folded (- (+ low (* %d h) (* 1025 h)) (* 48 h)))" % 2**32,
                         f"(= sum (+ (* {scale} {difference}) {f_term}))",
                         "(= sum (+ bottom (* %d top)))" % 2**256, "(< bottom %d)" % 2**256,
                         "(= value (+ bottom (* %d top)))" % (2**32 + 977)]
                ranges = ["(< (+ low (* %d h)) %d)" % (2**32, 2**297), "(< h %d)" % 2**264,
                          f"(< {difference} %d)" % 2**307, "(< sum %d)" % 2**313, "(< value %d)" % LAZY]
                # value - what was asked for, less the multiples of p that the stages have put in and taken out
                asked = "(- (+ low (* %d h)) %s)" % (2**256, "e" if minus_e else "0")
                wanted = "(%s (* %d %s) f)" % ("-" if minus_f else "+", scale, asked)
                multiple = "(- (+ %d %d) (+ (* %d h) top))" % (2 * scale * minus_e, 2 * minus_f, scale)
                congruent = "(= (- value %s) (* %d %s))" % (wanted, P, multiple)
                name = "whole: %d (product%s) %s f" % (scale, " - e" if minus_e else "", "-" if minus_f else "+")
                yield Lemma(name, 0, given, both(*ranges, congruent))


    # canonical: of the value and of value - p mod 2^257, parts as the register transfers above take them.
    given = ["(< value %d)" % LAZY, "(= less (ite (< value %d) (+ value %d) (- value %d)))" % (P, 2**257 - P, P),
             "(= value (+ value_low (* %d value_high)))" % 2**256, "(< value_low %d)" % 2**256,
             "(= less (+ less_low (* %d less_high)))" % 2**256, "(< less_low %d)" % 2**256,
             "(= canonical (ite (= less_high 1) value_low less_low))"]
    yield Lemma("whole: canonical", 0, given,
                "(and (< canonical %d) (or (= canonical value) (= canonical (- value %d))))" % (P, P))


def false_lemmas(m):
    """Claims one off from true ones: each must be refuted."""
    h = m.at("product_i", 0, 527, 256)
    yield Lemma("false: 1025 h is 1024 h", 1, [], equal(m.at("times_1025_q", 1), times(1024, h)), bits=True)
    yield Lemma("false: a scaled value of any size fits", 1, [equal(m.at("scale_q", 0, 8, 6), number(4))],
                equal(m.at("scaled_q", 1), times(64, m.at("difference_q"))), bits=True)
    yield Lemma("false: difference without e", 1, [], equal(m.at("difference_q", 1), m.at("folded_q")), bits=True)
    yield Lemma("false: scale arrives after 2", 2, [], equal(m.at("scale_q", 2, 8, 6), m.at("scale_i")), bits=True)


def main():
    parser = argparse.ArgumentParser(description="Proves the additions around the multiplier of the recovery core.")
    parser.add_argument("--seconds", type=int, default=600, help="limit of one lemma (default 600)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--work", help="folder that keeps the formulas (default: a temporary one)")
    parser.add_argument("package", help="the generated secp256k1_pkg.sv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or temporary
        os.makedirs(work, exist_ok=True)
        factors = Module("secp256k1_factors", [options.package, f"{RTL}/secp256k1_factors.sv"], work)
        reduce = Module("secp256k1_reduce", [options.package, f"{RTL}/secp256k1_reduce.sv"], work)
        integers = Integers(["low", "h", "e", "f", "folded", "sum", "bottom", "top", "value",
                             "less", "value_low", "value_high", "less_low", "less_high", "canonical"])
        claims = [(factors, lemma, "proven") for lemma in factor_lemmas(factors)]
        for lemmas in (fold_lemmas, scale_lemmas, result_lemmas, raw_lemmas, delay_lemmas):
            claims += [(reduce, lemma, "proven") for lemma in lemmas(reduce)]
        claims += [(integers, lemma, "proven") for lemma in whole_lemmas()]
        claims.append((factors, Lemma("false: a term of b of any size fits", 1, [], equal(
            factors.at("x_q", 1), add(factors.at("a_q"), factors.at("b_term_q")))), "refuted"))
        claims += [(reduce, lemma, "refuted") for lemma in false_lemmas(reduce)]
        print(f"1..{len(claims)}", flush=True)
        failed = 0
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            verdicts = pool.map(lambda claim: prove(claim[0], claim[1], work, options.seconds), claims)
            for index, ((_, lemma, wanted), (verdict, seconds)) in enumerate(zip(claims, verdicts), 1):
                failed += verdict != wanted
                print(f"{'ok' if verdict == wanted else 'not ok'} {index} - {lemma.name}: {verdict}, {seconds:.1f} s",
                      flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
