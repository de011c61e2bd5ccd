/* keccak-f[1600] on eight states at once with AVX-512, in assembly.
 *
 * Why assembly: the state fills 25 of the 32 registers, and both gcc 12 and clang 14 order the
 * round so that either values are spilled or the execution units wait (docs/benchmarks.md has
 * figures). What the code below does about it:
 *
 * - The state never leaves its registers. A row is computed in place: its five inputs lie in five
 *   registers of five different columns, and output column x goes to the register that held the
 *   input of column x. After four rounds every lane is back where it began ("in-place processing"
 * of the Keccak implementation overview, with N of order 4), so the loop body is four rounds.
 * - Seven registers remain. Five carry the column parities to theta and then its effects; as soon
 * as the last row has taken those, they collect the parities of the next round.
 * - Each lane is touched by theta and rho right before its row's chi, because the CPU's scheduler
 *   sees only some hundred instructions ahead.
 *
 * Registers are written as their numbers; lane (x, y) is argument a[x + 5·y] of ROUND. */
#include "host/src/keccak/keccak_f1600x8.h"

/* Statement lists: clang-format would fold them. */
/* clang-format off */

/* d = a ^ b */
#define XOR(d, a, b) "vpxorq %%zmm" #b ", %%zmm" #a ", %%zmm" #d "\n\t"
/* d = ~a & b */
#define ANDN(d, a, b) "vpandnq %%zmm" #b ", %%zmm" #a ", %%zmm" #d "\n\t"
/* d = d ^ a ^ b */
#define XOR3(d, a, b) "vpternlogq $0x96, %%zmm" #b ", %%zmm" #a ", %%zmm" #d "\n\t"
/* d = d ^ (~a & b) */
#define CHI(d, a, b)     "vpternlogq $0xd2, %%zmm" #b ", %%zmm" #a ", %%zmm" #d "\n\t"
#define ROTATE(d, a, n)  "vprolq $" #n ", %%zmm" #a ", %%zmm" #d "\n\t"
#define COPY(d, a)       "vmovdqa64 %%zmm" #a ", %%zmm" #d "\n\t"
#define LOAD(lane, base) "vmovdqa64 64*" #lane "(%[" #base "]), %%zmm" #lane "\n\t"
/* The same, but zero where the mask says so, and d = d ^ memory */
#define LOAD_KEPT(lane, base)                                                                      \
    "vmovdqa64 64*" #lane "(%[" #base "]), %%zmm" #lane "%{%%k1%}%{z%}\n\t"
#define ADD(lane, base) "vpxorq 64*" #lane "(%[" #base "]), %%zmm" #lane ", %%zmm" #lane "\n\t"
#define STORE(d, lane, base) "vmovdqa64 %%zmm" #d ", 64*" #lane "(%[" #base "])\n\t"
/* d = d ^ the round's constant, for all eight states */
#define IOTA(d, round)                                                                             \
    "vpxorq 8*" #round "(%[constant])%{1to8%}, %%zmm" #d ", %%zmm" #d "\n\t"

/* d = a rotated by n, after theta's effect on its column */
#define THETA_RHO(d, a, effect, n) XOR(a, a, effect) ROTATE(d, a, n)

/* From the column parities c0 … c4 to theta's effects on columns 0 … 4, which end in
 * t0, t1, c3, c4, c0; c1 and c2 become free. */
#define EFFECTS(c0, c1, c2, c3, c4, t0, t1)                                                        \
    ROTATE(t0, c1, 1) XOR(t0, t0, c4)                                                              \
    ROTATE(t1, c2, 1) XOR(t1, t1, c0)                                                              \
    ROTATE(c0, c0, 1) XOR(c0, c0, c3)                                                              \
    ROTATE(c4, c4, 1) XOR(c4, c4, c2)                                                              \
    ROTATE(c3, c3, 1) XOR(c3, c3, c1)

/* Chi of the row b0 … b4 whose first input lies in t0, not in b0. In place; t1 is free. */
#define CHI_ROW(b0, b1, b2, b3, b4, t0, t1)                                                        \
    COPY(b0, t0) COPY(t1, b1)                                                                      \
    CHI(b0, b1, b2) CHI(b1, b2, b3) CHI(b2, b3, b4) CHI(b3, b4, t0) CHI(b4, t0, t1)

/* A row's theta and rho: rotates the contents of registers q0 … q4 by one register, so that each
 * ends in the column where its output belongs. What was in q0 ends in t0. e: effects, n: distances.
 */
#define ROTATE_ROW(q0, q1, q2, q3, q4, e0, e1, e2, e3, e4, n0, n1, n2, n3, n4, t0)                 \
    THETA_RHO(t0, q0, e0, n0)                                                                      \
    THETA_RHO(q0, q1, e1, n1)                                                                      \
    THETA_RHO(q1, q2, e2, n2)                                                                      \
    THETA_RHO(q2, q3, e3, n3)                                                                      \
    THETA_RHO(q3, q4, e4, n4)

/* Theta and rho of row 0, which stays in its columns. */
#define ROTATE_ROW_0(a0, a6, a12, a18, a24, e0, e1, e2, e3, e4, t0)                                \
    XOR(a0, a0, e0) COPY(t0, a0)                                                                   \
    THETA_RHO(a6, a6, e1, 44)                                                                      \
    THETA_RHO(a12, a12, e2, 43)                                                                    \
    THETA_RHO(a18, a18, e3, 21)                                                                    \
    THETA_RHO(a24, a24, e4, 14)

/* One round. a0 … a24: registers of the lanes; c0 … c4: of the column parities; t0, t1: free.
 * Afterwards the parities of columns 0 … 4 are in c0, t0, t1, c3, c4 and c1 and c2 are free; the
 * order of the lanes is that of the next ROUND_i below. */
#define ROUND(round, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,    \
              a17, a18, a19, a20, a21, a22, a23, a24, c0, c1, c2, c3, c4, t0, t1)                  \
    EFFECTS(c0, c1, c2, c3, c4, t0, t1)                                                            \
    ROTATE_ROW(a10, a3, a16, a9, a22, t0, c4, t1, c0, c3, 3, 28, 45, 20, 61, c1)                   \
    CHI_ROW(a22, a3, a9, a10, a16, c1, c2)                                                         \
    ROTATE_ROW(a20, a1, a7, a13, a19, t0, t1, c3, c4, c0, 18, 1, 6, 25, 8, c1)                     \
    CHI_ROW(a19, a20, a1, a7, a13, c1, c2)                                                         \
    ROTATE_ROW(a5, a4, a23, a17, a11, t0, c0, c4, c3, t1, 36, 27, 56, 15, 10, c1)                  \
    CHI_ROW(a11, a17, a23, a4, a5, c1, c2)                                                         \
    ROTATE_ROW(a15, a2, a14, a21, a8, t0, c3, c0, t1, c4, 41, 62, 39, 2, 55, c1)                   \
    CHI_ROW(a8, a14, a15, a21, a2, c1, c2)                                                         \
    ROTATE_ROW_0(a0, a6, a12, a18, a24, t0, t1, c3, c4, c0, c1)                                    \
    COPY(c0, a10) XOR3(c0, a20, a5)                                                                \
    COPY(t0, a16) XOR3(t0, a1, a11)                                                                \
    COPY(t1, a22) XOR3(t1, a7, a17)                                                                \
    COPY(c3, a3) XOR3(c3, a13, a23)                                                                \
    COPY(c4, a9) XOR3(c4, a19, a4)                                                                 \
    CHI_ROW(a0, a6, a12, a18, a24, c1, c2)                                                         \
    IOTA(a0, round)                                                                                \
    XOR3(c0, a15, a0)                                                                              \
    XOR3(t0, a21, a6)                                                                              \
    XOR3(t1, a2, a12)                                                                              \
    XOR3(c3, a8, a18)                                                                              \
    XOR3(c4, a14, a24)

/* The last round of which only the first four lanes are wanted; they end in a0, a6, a12, a18. */
#define LAST_ROUND(round, a0, a6, a12, a18, a24, c0, c1, c2, c3, c4, t0, t1)                       \
    EFFECTS(c0, c1, c2, c3, c4, t0, t1)                                                            \
    ROTATE_ROW_0(a0, a6, a12, a18, a24, t0, t1, c3, c4, c0, c1)                                    \
    CHI(a0, a6, a12) CHI(a6, a12, a18) CHI(a12, a18, a24) CHI(a18, a24, c1)                        \
    IOTA(a0, round)

/* Where the lanes lie in the four rounds of the loop. */
#define ROUND_0                                                                                    \
    ROUND(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
          24, 25, 26, 27, 28, 29, 30, 31)
#define ROUND_1                                                                                    \
    ROUND(1, 0, 6, 12, 18, 24, 10, 16, 22, 3, 9, 20, 1, 7, 13, 19, 5, 11, 17, 23, 4, 15, 21, 2, 8, \
          14, 25, 30, 31, 28, 29, 26, 27)
#define ROUND_2                                                                                    \
    ROUND(2, 0, 16, 7, 23, 14, 20, 11, 2, 18, 9, 15, 6, 22, 13, 4, 10, 1, 17, 8, 24, 5, 21, 12, 3, \
          19, 25, 26, 27, 28, 29, 30, 31)
#define ROUND_3                                                                                    \
    ROUND(3, 0, 11, 22, 8, 19, 15, 1, 12, 23, 9, 5, 16, 2, 13, 24, 20, 6, 17, 3, 14, 10, 21, 7,    \
          18, 4, 25, 30, 31, 28, 29, 26, 27)
#define LAST_ROUND_3 LAST_ROUND(3, 0, 1, 2, 3, 4, 25, 30, 31, 28, 29, 26, 27)

#define LOAD_STATES                                                                                \
    LOAD(0, in) LOAD(1, in) LOAD(2, in) LOAD(3, in) LOAD(4, in)                                    \
    LOAD(5, in) LOAD(6, in) LOAD(7, in) LOAD(8, in) LOAD(9, in)                                    \
    LOAD(10, in) LOAD(11, in) LOAD(12, in) LOAD(13, in) LOAD(14, in)                               \
    LOAD(15, in) LOAD(16, in) LOAD(17, in) LOAD(18, in) LOAD(19, in)                               \
    LOAD(20, in) LOAD(21, in) LOAD(22, in) LOAD(23, in) LOAD(24, in)

#define LOAD_KEPT_STATES                                                                           \
    LOAD_KEPT(0, in) LOAD_KEPT(1, in) LOAD_KEPT(2, in) LOAD_KEPT(3, in) LOAD_KEPT(4, in)           \
    LOAD_KEPT(5, in) LOAD_KEPT(6, in) LOAD_KEPT(7, in) LOAD_KEPT(8, in) LOAD_KEPT(9, in)           \
    LOAD_KEPT(10, in) LOAD_KEPT(11, in) LOAD_KEPT(12, in) LOAD_KEPT(13, in) LOAD_KEPT(14, in)      \
    LOAD_KEPT(15, in) LOAD_KEPT(16, in) LOAD_KEPT(17, in) LOAD_KEPT(18, in) LOAD_KEPT(19, in)      \
    LOAD_KEPT(20, in) LOAD_KEPT(21, in) LOAD_KEPT(22, in) LOAD_KEPT(23, in) LOAD_KEPT(24, in)

#define ADD_BLOCK                                                                                  \
    ADD(0, block) ADD(1, block) ADD(2, block) ADD(3, block) ADD(4, block) ADD(5, block)            \
    ADD(6, block) ADD(7, block) ADD(8, block) ADD(9, block) ADD(10, block) ADD(11, block)          \
    ADD(12, block) ADD(13, block) ADD(14, block) ADD(15, block) ADD(16, block)

#define FIRST_PARITIES                                                                             \
    XOR(25, 0, 5) XOR(26, 1, 6) XOR(27, 2, 7) XOR(28, 3, 8) XOR(29, 4, 9)                          \
    XOR3(25, 10, 15) XOR3(26, 11, 16) XOR3(27, 12, 17) XOR3(28, 13, 18) XOR3(29, 14, 19)           \
    XOR(25, 25, 20) XOR(26, 26, 21) XOR(27, 27, 22) XOR(28, 28, 23) XOR(29, 29, 24)

#define STORE_STATES                                                                               \
    STORE(0, 0, out) STORE(1, 1, out) STORE(2, 2, out) STORE(3, 3, out) STORE(4, 4, out)           \
    STORE(5, 5, out) STORE(6, 6, out) STORE(7, 7, out) STORE(8, 8, out) STORE(9, 9, out)           \
    STORE(10, 10, out) STORE(11, 11, out) STORE(12, 12, out) STORE(13, 13, out)                    \
    STORE(14, 14, out) STORE(15, 15, out) STORE(16, 16, out) STORE(17, 17, out)                    \
    STORE(18, 18, out) STORE(19, 19, out) STORE(20, 20, out) STORE(21, 21, out)                    \
    STORE(22, 22, out) STORE(23, 23, out) STORE(24, 24, out)

#define CLOBBERS                                                                                   \
    "memory", "cc", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8",        \
        "zmm9", "zmm10", "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18",   \
        "zmm19", "zmm20", "zmm21", "zmm22", "zmm23", "zmm24", "zmm25", "zmm26", "zmm27", "zmm28",  \
        "zmm29", "zmm30", "zmm31"

/* clang-format on */

void hyp_keccak_f1600x8(struct hyp_keccak_x8 *states, const struct hyp_keccak_x8_block *block,
                        unsigned keep)
{
    const uint64_t *constant = hyp_keccak_round_constants;
    const uint64_t *end = constant + HYP_KECCAK_ROUNDS;

    __asm__ volatile(
        "kmovw %[keep], %%k1\n\t" LOAD_KEPT_STATES ADD_BLOCK FIRST_PARITIES
        "1:\n\t" ROUND_0 ROUND_1 ROUND_2 ROUND_3 "add $32, %[constant]\n\t"
        "cmp %[end], %[constant]\n\t"
        "jb 1b\n\t" STORE_STATES
        : [constant] "+r"(constant)
        : [end] "r"(end), [in] "r"(states), [out] "r"(states), [block] "r"(block), [keep] "r"(keep)
        : CLOBBERS, "k1");
}

void hyp_keccak_f1600x8_digest(const struct hyp_keccak_x8 *states, uint64_t digest[4][8])
{
    const uint64_t *constant = hyp_keccak_round_constants;
    const uint64_t *last = constant + HYP_KECCAK_ROUNDS - 4;

    __asm__ volatile(LOAD_STATES FIRST_PARITIES
                     "jmp 2f\n"
                     "1:\n\t" ROUND_3 "add $32, %[constant]\n"
                     "2:\n\t" ROUND_0 ROUND_1 ROUND_2 "cmp %[last], %[constant]\n\t"
                     "jb 1b\n\t" LAST_ROUND_3 STORE(0, 0, out) STORE(1, 1, out) STORE(2, 2, out)
                         STORE(3, 3, out)
                     : [constant] "+r"(constant)
                     : [last] "r"(last), [in] "r"(states), [out] "r"(digest)
                     : CLOBBERS);
}
