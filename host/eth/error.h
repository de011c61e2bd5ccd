/* What is wrong with a piece of Ethereum data, and where. */
#ifndef HYPERION_ETH_ERROR_H
#define HYPERION_ETH_ERROR_H

#include <stddef.h>
#include <stdint.h>

/* The rule that the input breaks. Functions return 0 (ETH_OK) or one of these. */
enum eth_rule {
    ETH_OK = 0,
    ETH_NO_MEMORY,
    /* RLP (yellow paper, appendix B) */
    ETH_TRUNCATED,          /* the input ends inside an item */
    ETH_PAST_LIST_END,      /* an item reaches past the end of the list that it is in */
    ETH_TRAILING_BYTES,     /* bytes follow the item that should be the last */
    ETH_NON_CANONICAL_SIZE, /* the length is not written in the shortest form */
    ETH_NON_CANONICAL_BYTE, /* a byte below 0x80 with a length in front */
    ETH_OVERSIZED,          /* a length that no memory can hold */
    /* values */
    ETH_WANT_STRING,   /* a list where a string belongs */
    ETH_WANT_LIST,     /* a string where a list belongs */
    ETH_LEADING_ZERO,  /* an integer with a leading zero byte */
    ETH_TOO_LARGE,     /* an integer with more bits than the field has */
    ETH_WRONG_LENGTH,  /* a string of the wrong length for the field */
    ETH_TOO_FEW,       /* the list ends before this field */
    ETH_TOO_MANY,      /* items after the last field */
    ETH_FIELD_COUNT,   /* a header with a number of fields that no fork has; detail: the number */
    ETH_UNKNOWN_TYPE,  /* an EIP-2718 type that is not known; detail: the type */
    ETH_BAD_V,         /* v of a legacy transaction is none of 27, 28, 35 and above; detail: v */
    ETH_BAD_PARITY,    /* yParity is neither 0 nor 1; detail: the value */
    ETH_NO_ITEMS,      /* an empty list where the type demands at least one item */
    ETH_BAD_BLOB_HASH, /* a versioned hash whose version is not 1 (EIP-4844); detail: the version */
    ETH_WITHDRAWALS,   /* withdrawals without a root in the header, or a root without withdrawals */
    ETH_DUPLICATE_KEY, /* a trie with two values for one key */
    ETH_EMPTY_VALUE,   /* a trie with an empty value, which would mean its absence */
};

#define ETH_NO_INDEX SIZE_MAX

struct eth_error {
    enum eth_rule rule;
    size_t offset;      /* in the input as it was given to the outermost decoder */
    const char *object; /* "header", "transaction", …; NULL if unknown. Static storage. */
    size_t index;       /* of the object in its list, or ETH_NO_INDEX */
    const char *field;  /* "gas_limit", …; NULL if none. Static storage. */
    uint64_t detail;    /* see the rule */
};

/* Fills in rule and offset, clears the rest, and returns `rule`. */
static inline int eth_fail(struct eth_error *error, enum eth_rule rule, size_t offset)
{
    *error = (struct eth_error){.rule = rule, .offset = offset, .index = ETH_NO_INDEX};
    return (int)rule;
}

/* One clause such as "transaction 3, gas_limit: integer with a leading zero, at byte 17"; always
 * terminated, cut to `size`. */
void eth_error_text(const struct eth_error *error, char *text, size_t size);

#endif
