#include "host/src/recover/tables.h"

/* Of the generated table; make_tables.py prints it. A change of the generator that changes a bit of
 * the table is refused at start until somebody looked and changed this line. */
static const uint64_t expected_checksum = 0x5c6732270253915c;

/* As in make_tables.py. It is to catch accidents, in memory or in a build, not forgers: who can
 * write to the table can write here. */
bool hyp_recover_table_is_intact(void)
{
    const uint64_t *word = &hyp_recover_table[0][0][0];
    uint64_t checksum = 0;

    for (unsigned i = 0; i < HYP_RECOVER_TABLES * HYP_RECOVER_ROWS * 8; i++) {
        checksum = (checksum ^ word[i]) * 0x9e3779b97f4a7c15;
        checksum ^= checksum >> 32;
    }
    return checksum == expected_checksum;
}
