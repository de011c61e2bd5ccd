#include "tests/support/random_batch.h"

#include <string.h>
#include <sys/mman.h>

#include "hyperion/batch.h"
#include "tests/support/test.h"

enum { PAGE = 4096 };

uint64_t random_u64(struct random *random)
{
    uint64_t x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    return random_u64(random) % bound;
}

static uint32_t random_length(struct random *random, enum lengths lengths, uint32_t item)
{
    switch (lengths) {
    case LENGTHS_BELOW_64:
        return (uint32_t)random_below(random, 64);
    case LENGTHS_64:
        return 64;
    case LENGTHS_BELOW_128:
        return (uint32_t)random_below(random, 128);
    case LENGTHS_BELOW_BLOCK:
        return (uint32_t)random_below(random, 136);
    case LENGTHS_BLOCK_EDGES:
        return (uint32_t)(136 * (1 + random_below(random, 5)) - 2 + random_below(random, 5));
    case LENGTHS_TO_2000:
        return (uint32_t)random_below(random, 2001);
    case LENGTHS_ONE_LONG:
        return item == 3 ? 20000 : (uint32_t)random_below(random, 200);
    case LENGTHS_KINDS:
        break;
    }
    return 0;
}

/* One of the ways in which a descriptor can be wrong. */
static void spoil(struct random *random, hyp_keccak_descriptor *descriptor,
                  const hyp_batch_header *header)
{
    uint64_t end = header->data_offset + header->data_length;

    switch (random_below(random, 7)) {
    case 0:
        descriptor->offset += 1 + random_below(random, 7);
        break;
    case 1:
        descriptor->flags = 1u << random_below(random, 32);
        break;
    case 2: /* before the data: the header, or the descriptors */
        descriptor->offset = 8 * random_below(random, header->data_offset / 8);
        break;
    case 3: /* one byte too long */
        descriptor->length = (uint32_t)(end - descriptor->offset + 1);
        break;
    case 4: /* wraps around */
        descriptor->offset = UINT64_MAX - 7;
        descriptor->length = 16;
        break;
    case 5:
        descriptor->length = UINT32_MAX;
        break;
    default:
        descriptor->offset = end + 8;
        descriptor->length = 0;
        break;
    }
}

static void map_pages(struct random_batch *batch)
{
    size_t used = (batch->input_bytes + PAGE - 1) / PAGE * PAGE;

    batch->pages_bytes = used + PAGE;
    batch->pages =
        mmap(NULL, batch->pages_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(batch->pages != MAP_FAILED);
    assert_int_equal(mprotect((uint8_t *)batch->pages + used, PAGE, PROT_NONE), 0);
    batch->input = (uint8_t *)batch->pages + used - batch->input_bytes;
}

struct random_batch random_batch_create(struct random *random, uint32_t items, enum lengths lengths,
                                        unsigned bad_percent)
{
    uint64_t descriptors_bytes = items * sizeof(hyp_keccak_descriptor);
    hyp_batch_header header = {
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_KECCAK256,
        .item_count = items,
        .sequence = random_u64(random),
        .descriptors_offset = sizeof header,
        .descriptors_length = descriptors_bytes,
        .data_offset = (sizeof header + descriptors_bytes + 63) & ~(uint64_t)63,
    };
    struct random_batch batch = {0};
    struct random lengths_start = *random; /* the lengths are drawn twice */
    uint64_t end = header.data_offset;

    for (uint32_t i = 0; i < items; i++) {
        end += (random_length(random, lengths, i) + 7u) & ~7u;
    }
    header.data_length = end - header.data_offset;
    batch.input_bytes = end;
    batch.output_bytes = hyp_results_offset(items) + (size_t)items * HYP_KECCAK_DIGEST_SIZE;
    map_pages(&batch);
    memcpy(batch.input, &header, sizeof header);

    end = header.data_offset;
    for (uint32_t i = 0; i < items; i++) {
        hyp_keccak_descriptor descriptor = {end, random_length(&lengths_start, lengths, i), 0};
        end += (descriptor.length + 7u) & ~7u;
        if (random_below(random, 100) < bad_percent) {
            spoil(random, &descriptor, &header);
        }
        memcpy(batch.input + header.descriptors_offset + i * sizeof descriptor, &descriptor,
               sizeof descriptor);
    }
    for (uint64_t i = header.data_offset; i < end; i += 8) {
        uint64_t bits = random_u64(random);
        memcpy(batch.input + i, &bits, sizeof bits);
    }
    return batch;
}

void random_batch_destroy(struct random_batch *batch)
{
    munmap(batch->pages, batch->pages_bytes);
}
