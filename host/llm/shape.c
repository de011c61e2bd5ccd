#include "host/llm/shape.h"

#include <stddef.h>

int llm_shape_check(const struct llm_shape *shape, hyp_error *error)
{
    const struct {
        const char *name;
        uint32_t value;
        uint32_t most;
    } fields[] = {
        {"dim", shape->dim, LLM_MAX_DIM},
        {"hidden", shape->hidden, LLM_MAX_HIDDEN},
        {"layers", shape->layers, LLM_MAX_LAYERS},
        {"heads", shape->heads, LLM_MAX_DIM},
        {"kv_heads", shape->kv_heads, LLM_MAX_DIM},
        {"vocabulary", shape->vocabulary, LLM_MAX_VOCABULARY},
        {"context", shape->context, LLM_MAX_CONTEXT},
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].value == 0 || fields[i].value > fields[i].most) {
            return llm_fail(error, HYP_EINVAL, "%s is %u, where 1 to %u is possible",
                            fields[i].name, fields[i].value, fields[i].most);
        }
    }
    if (shape->dim % shape->heads || shape->heads % shape->kv_heads) {
        return llm_fail(error, HYP_EINVAL,
                        "heads (%u) must divide dim (%u), and kv_heads (%u) must divide heads",
                        shape->heads, shape->dim, shape->kv_heads);
    }
    if (llm_head_size(shape) % 2 || llm_head_size(shape) > LLM_MAX_HEAD) {
        return llm_fail(error, HYP_EINVAL,
                        "a head has %u elements, where an even number up to %d is possible",
                        llm_head_size(shape), LLM_MAX_HEAD);
    }
    return HYP_OK;
}
