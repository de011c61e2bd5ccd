# Language models: files, tokenizer, import, and what runs them on the opcodes of libhyperion.
LLM_LIBRARY := $(LIB)/libhyp-llm.a
LIBRARIES += $(LLM_LIBRARY)
$(eval $(call archive,$(LLM_LIBRARY),$(wildcard host/llm/*.c)))
CLI_ARCHIVES += $(LLM_LIBRARY)

# The import must give the same bytes everywhere: no fused multiply-add, which rounds once where two operations round twice.
CFLAGS_host/llm/quantise.c := -ffp-contract=off
CFLAGS_host/llm/import.c   := -ffp-contract=off
CFLAGS_host/llm/rope.c     := -ffp-contract=off
