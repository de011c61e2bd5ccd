#include "host/eth/error.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const rule_texts[] = {
    [ETH_OK] = "no error",
    [ETH_NO_MEMORY] = "out of memory",
    [ETH_TRUNCATED] = "truncated, the input ends inside an item",
    [ETH_PAST_LIST_END] = "item reaches past the end of its list",
    [ETH_TRAILING_BYTES] = "trailing bytes",
    [ETH_NON_CANONICAL_SIZE] = "non-canonical length",
    [ETH_NON_CANONICAL_BYTE] = "non-canonical single byte",
    [ETH_OVERSIZED] = "oversized length",
    [ETH_WANT_STRING] = "a list where a string belongs",
    [ETH_WANT_LIST] = "a string where a list belongs",
    [ETH_LEADING_ZERO] = "integer with a leading zero",
    [ETH_TOO_LARGE] = "integer too large for its field",
    [ETH_WRONG_LENGTH] = "string of the wrong length",
    [ETH_TOO_FEW] = "field is missing",
    [ETH_TOO_MANY] = "too many fields",
    [ETH_FIELD_COUNT] =
        "unknown header shape (15, 16, 17, 20 and 21 fields are known), number of fields",
    [ETH_UNKNOWN_TYPE] = "unknown transaction type",
    [ETH_BAD_V] = "v is none of 27, 28 and 35 or more but",
    [ETH_BAD_PARITY] = "yParity is neither 0 nor 1 but",
    [ETH_NO_ITEMS] = "empty list, at least one item is needed",
    [ETH_BAD_BLOB_HASH] = "version of the blob hash is not 1 but",
    [ETH_WITHDRAWALS] = "withdrawals list and withdrawals root must come together",
    [ETH_DUPLICATE_KEY] = "two values for one key",
    [ETH_EMPTY_VALUE] = "empty value",
};

static int has_detail(enum eth_rule rule)
{
    return rule == ETH_FIELD_COUNT || rule == ETH_UNKNOWN_TYPE || rule == ETH_BAD_V ||
           rule == ETH_BAD_PARITY || rule == ETH_BAD_BLOB_HASH;
}

void eth_error_text(const struct eth_error *error, char *text, size_t size)
{
    char index[24] = "";
    char detail[24] = "";

    if (error->index != ETH_NO_INDEX) {
        snprintf(index, sizeof index, " %zu", error->index);
    }
    if (has_detail(error->rule)) {
        snprintf(detail, sizeof detail, " %" PRIu64, error->detail);
    }
    snprintf(text, size, "%s%s%s%s%s%s%s, at byte %zu", error->object ? error->object : "", index,
             error->object && error->field ? ", " : "", error->field ? error->field : "",
             error->object || error->field ? ": " : "", rule_texts[error->rule], detail,
             error->offset);
}
