#include "sim/identity.h"

#include <string.h>

/* FNV-1a with 128 bits. */
void hyp_sim_identity_begin(uint8_t uuid[16])
{
    static const uint64_t basis[2] = {0x62b821756295c58d, 0x6c62272e07bb0142};
    memcpy(uuid, basis, 16);
}

static unsigned __int128 add_bytes(unsigned __int128 hash, const void *bytes, size_t length)
{
    const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * prime;
    }
    return hash;
}

void hyp_sim_identity_add(uint8_t uuid[16], const sim_unit_info *unit)
{
    unsigned __int128 hash;
    memcpy(&hash, uuid, 16);
    hash = add_bytes(hash, unit->instance, strlen(unit->instance) + 1);
    hash = add_bytes(hash, &unit->kernel_id, sizeof unit->kernel_id);
    hash = add_bytes(hash, &unit->kernel_version, sizeof unit->kernel_version);
    memcpy(uuid, &hash, 16);
}
