/* The layout of a batch in memory: what host, card and every backend agree on.
 *
 * A batch is one read-only input buffer and one output buffer, both 4 KiB aligned. All integers are
 * little-endian; sections start at multiples of 64 bytes; all offsets count from the start of the
 * buffer they are in, so that a batch can be run again on another device as it is.
 *
 *   input:   header (64 B) | descriptors (item_count × descriptor size) | data
 *   output:  result header (64 B) | counters (64 B) | one status byte an item | results
 *
 * Sections of the output lie at fixed places: statuses at 128, results at the next multiple of 64.
 * The result of an item whose status is not HYP_STATUS_OK is all zero, so that backends stay
 * bit-equal. Bytes between sections, and after the last, are unspecified.
 *
 * Programs normally use the builders of the op's header (hyperion/keccak.h, …) and never touch the
 * bytes; the layout is public because kernels, simulators and other languages need it.
 * A change of anything here takes a new HYP_BATCH_LAYOUT_VERSION and its reason in docs/ops.md. */
#ifndef HYPERION_BATCH_H
#define HYPERION_BATCH_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/export.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Hyperion shares memory with little-endian cards: big-endian hosts are not supported"
#endif

HYP_BEGIN_DECLS

#define HYP_BATCH_INPUT_MAGIC    0x49505948u /* "HYPI" */
#define HYP_BATCH_OUTPUT_MAGIC   0x4f505948u /* "HYPO" */
#define HYP_BATCH_LAYOUT_VERSION 4
#define HYP_BATCH_ALIGNMENT      4096u /* of buffers */
#define HYP_SECTION_ALIGNMENT    64u   /* of sections in a buffer */
#define HYP_STATUS_OFFSET        128u  /* of the status bytes in the output buffer */
#define HYP_BATCH_MAX_ITEMS      (1u << 24)
/* In the sequence number of batches that the runtime makes for itself (known answers, measuring):
 * kernels treat them like all others, ordered faults of a simulated card do not count them. */
#define HYP_SEQUENCE_TRIAL (UINT64_C(1) << 63)

/* What can be computed. The value stands in the batch header and is never reused. */
typedef enum hyp_op {
    HYP_OP_KECCAK256 = 1, /* hyperion/keccak.h */
    HYP_OP_ECRECOVER = 2, /* hyperion/ecrecover.h */
    HYP_OP_MATMUL = 3,    /* hyperion/matmul.h */
} hyp_op;

/* One byte an item, in order of precedence. */
typedef enum hyp_status {
    HYP_STATUS_OK = 0,
    HYP_STATUS_BAD_INPUT = 1,    /* the descriptor points outside the data, or is malformed */
    HYP_STATUS_BAD_RECID = 2,    /* ecrecover: recid > 3 */
    HYP_STATUS_BAD_R = 3,        /* ecrecover: r = 0, r ≥ n, or x = r + n ≥ p */
    HYP_STATUS_BAD_S = 4,        /* ecrecover: s = 0 or s ≥ n */
    HYP_STATUS_HIGH_S = 5,       /* ecrecover: s > n/2 where low s was asked for */
    HYP_STATUS_NOT_ON_CURVE = 6, /* ecrecover: no point has this x */
    HYP_STATUS_INFINITY = 7,     /* ecrecover: the public key would be the point at infinity */
} hyp_status;

/* "ok", "bad_input", "bad_recid", …; "unknown" for a byte that is none of them. Static storage. */
HYP_API const char *hyp_status_name(uint8_t status);

/* First 64 bytes of the input buffer. */
typedef struct hyp_batch_header {
    uint32_t magic;          /* HYP_BATCH_INPUT_MAGIC */
    uint16_t layout_version; /* HYP_BATCH_LAYOUT_VERSION */
    uint16_t op;             /* hyp_op */
    uint32_t flags;          /* of the op; unknown bits are an error */
    uint32_t item_count;     /* 0 … HYP_BATCH_MAX_ITEMS */
    uint64_t sequence;       /* echoed in the result header; see HYP_SEQUENCE_TRIAL */
    uint64_t descriptors_offset;
    uint64_t descriptors_length; /* item_count × size of the op's descriptor */
    uint64_t data_offset;
    uint64_t data_length;
    uint32_t result_beats; /* 64-byte beats of the results section, for ops whose results have sizes
                              of their own (matmul); 0 for the others */
    uint32_t crc32c;       /* 0; what was read is vouched for in the result header */
} hyp_batch_header;

/* First 64 bytes of the output buffer.
 *
 * Both checksums are made of the CRC32C of beats: of the 64 bytes followed by the beat's index in
 * its buffer as 8 bytes.
 *
 * crc32c is computed by the kernel over what it writes and by the host over what it finds: the
 * sum, modulo 2^32, of all beats of the status section and of the items' results. The last beat of
 * a section counts as filled with zeros.
 *
 * input_crc32c is computed by the kernel over what it reads and by the host over what it sent: the
 * sum, modulo 2^64, of the beats of header, descriptors and the data that the items read; how often
 * each counts stands in docs/ops.md. Input goes to cards in whole beats: the last
 * one counts as it lies in the buffer, bytes behind the used part included, and these must not
 * change either while the job runs. */
typedef struct hyp_result_header {
    uint32_t magic; /* HYP_BATCH_OUTPUT_MAGIC */
    uint16_t layout_version;
    uint16_t op;
    uint32_t kernel_id;      /* of the kernel that ran; 0 for the CPU */
    uint32_t kernel_version; /* 0x00MMmmpp */
    uint64_t sequence;       /* of the input header */
    uint32_t status;         /* hyp_status of the batch: BAD_INPUT if the header was refused */
    uint32_t item_count;     /* items that have a status byte and a result */
    uint32_t items_failed;   /* items whose status is not OK */
    uint32_t crc32c;         /* of statuses and results, above; 0 from the CPU */
    uint64_t input_crc32c;   /* of what was read, above; 0 from the CPU */
    uint8_t reserved[16];    /* 0 */
} hyp_result_header;

/* The next 64 bytes: what the kernel counted. All zero from the CPU.
 * Utilisation of a kernel = max(beats_read, beats_written, compute_slots_used) ÷ cycles. */
typedef struct hyp_result_counters {
    uint64_t cycles;             /* from ap_start until this block was written */
    uint64_t busy_cycles;        /* cycles in which the datapath held at least one item */
    uint64_t beats_read;         /* 64-byte beats, header and descriptors included */
    uint64_t beats_written;      /* up to and including this block */
    uint64_t compute_slots;      /* cycles in which the datapath could have taken work */
    uint64_t compute_slots_used; /* of these, used; keccak256: permutations × 24 ÷ round stages;
                                    ecrecover: products issued by the multiplier; matmul: steps of
                                    the array */
    uint64_t operations;         /* keccak256: permutations; ecrecover: items; matmul: products of
                                    two int8 that belong to a result */
    uint64_t reserved;           /* 0 */
} hyp_result_counters;

static_assert(sizeof(hyp_batch_header) == 64, "input header is one beat");
static_assert(sizeof(hyp_result_header) == 64, "result header is one beat");
static_assert(sizeof(hyp_result_counters) == 64, "counter block is one beat");

/* Keccak-256: where a message lies in the input buffer. */
typedef struct hyp_keccak_descriptor {
    uint64_t
        offset; /* from the start of the input buffer; a multiple of 8, inside the data section */
    uint32_t length; /* bytes; 0 is allowed */
    uint32_t flags;  /* 0 */
} hyp_keccak_descriptor;

static_assert(sizeof(hyp_keccak_descriptor) == 16, "four descriptors a beat");

#define HYP_KECCAK_DIGEST_SIZE 32u

/* Public-key recovery: one signature, two beats. The data section is empty. Numbers are 32-byte
 * big-endian strings. */
typedef struct hyp_ecrecover_descriptor {
    uint8_t hash[32]; /* of the message; reduced mod n */
    uint8_t r[32];
    uint8_t s[32];
    uint8_t recid;        /* 0 … 3 */
    uint8_t reserved[31]; /* 0, else HYP_STATUS_BAD_INPUT */
} hyp_ecrecover_descriptor;

#define HYP_ECRECOVER_LOW_S        1u /* flag: s > n/2 is HYP_STATUS_HIGH_S (EIP-2) */
#define HYP_ECRECOVER_ADDRESS_ONLY 2u /* flag: results are hyp_ecrecover_address */

typedef struct hyp_ecrecover_result {
    uint8_t public_key[64]; /* x, y; big-endian */
    uint8_t address[20];    /* last 20 bytes of keccak-256(public_key) */
    uint8_t reserved[44];   /* 0 */
} hyp_ecrecover_result;

typedef struct hyp_ecrecover_address {
    uint8_t address[20];
    uint8_t reserved[12]; /* 0 */
} hyp_ecrecover_address;

static_assert(sizeof(hyp_ecrecover_descriptor) == 128, "two beats");
static_assert(sizeof(hyp_ecrecover_result) == 128, "two beats");
static_assert(sizeof(hyp_ecrecover_address) == 32, "two a beat");

/* int8 matrix product: C = A · B (+ bias) (+ accumulate) (requantised), one beat. Offsets are
 * multiples of 64 and count from the start of the input buffer (a, b, bias, accumulate, requant;
 * inside the data section) or of the results section (result). Matrices in rows, each padded with
 * zeros to a multiple of 64 bytes, but B in panels of 64 columns: for each panel, for each k, 64
 * bytes B[k][64p … 64p + 63], missing columns zero. Rules and limits: docs/ops.md. */
typedef struct hyp_matmul_descriptor {
    uint32_t rows;              /* M: of A and the result */
    uint32_t inner;             /* K: columns of A, rows of B; at most HYP_MATMUL_MAX_INNER */
    uint32_t columns;           /* N: of B and the result */
    uint32_t flags;             /* HYP_MATMUL_…; others are HYP_STATUS_BAD_INPUT */
    uint64_t a_offset;          /* i8[M][K] */
    uint64_t b_offset;          /* i8, ceil(N / 64) panels of K · 64 bytes */
    uint64_t bias_offset;       /* i32[N], with HYP_MATMUL_BIAS */
    uint64_t accumulate_offset; /* i32[M][N], with HYP_MATMUL_ACCUMULATE */
    uint64_t requant_offset;    /* u32 multiplier[N], padded to 64 bytes, then u8 shift[N] */
    uint64_t result_offset;     /* i32, i8 or i16 [M][N]; shares no byte with another item's */
} hyp_matmul_descriptor;

static_assert(sizeof(hyp_matmul_descriptor) == 64, "one beat");

#define HYP_MATMUL_BIAS       1u  /* adds a bias to each column */
#define HYP_MATMUL_ACCUMULATE 2u  /* adds an earlier result */
#define HYP_MATMUL_REQUANT8   4u  /* results are i8, scaled column by column */
#define HYP_MATMUL_REQUANT16  8u  /* results are i16, scaled column by column */
#define HYP_MATMUL_B_RESIDENT 16u /* b, bias and requant lie in the device's resident memory */

#define HYP_MATMUL_MAX_INNER      131071u /* K without a bias: sums never wrap */
#define HYP_MATMUL_MAX_INNER_BIAS 65535u  /* K with one */
#define HYP_MATMUL_MAX_BIAS       0x3fffffff
#define HYP_MATMUL_MAX_MULTIPLIER 0x7fffffffu
#define HYP_MATMUL_MAX_SHIFT      62u

/* Offset of the results in an output buffer of `item_count` items. */
static inline uint64_t hyp_results_offset(uint32_t item_count)
{
    return HYP_STATUS_OFFSET + (((uint64_t)item_count + 63) & ~(uint64_t)63);
}

HYP_END_DECLS

#endif
