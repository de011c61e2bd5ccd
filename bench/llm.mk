# What quantisation costs a language model, and how fast it writes; LLM_DATA: where stories260K.bin and tok512.bin are.
LLM_BENCH := $(BUILD)/bench/llm
LLM_DATA  ?= ../shared/data/llm
$(eval $(call program,$(LLM_BENCH),bench/llm_bench.c,$(LLM_TEST_LIBS) $(TEST_SUPPORT),$(LIBHYPERION_LDLIBS) -lm))

.PHONY: bench-llm
bench-llm: $(LLM_BENCH)
	$(LLM_BENCH) $(LLM_DATA)/stories260K.bin $(LLM_DATA)/tok512.bin | tee $(BUILD)/bench/llm.txt
ifneq ($(wildcard $(LLM_DATA)/stories260K.bin),)
BENCHES += bench-llm
endif
