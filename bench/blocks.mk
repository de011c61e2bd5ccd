# `make bench`: senders of blocks, from bytes to addresses. The mainnet blocks where they are, else a made one.
BLOCKS_BENCH := $(BUILD)/bench/blocks_bench
BLOCKS_BENCH_FILES := $(or $(wildcard ../shared/data/mainnet-blocks/*.rlp),$(EXAMPLE_BLOCK))
BLOCKS_BENCH_SOURCES := bench/blocks/blocks_bench.c $(filter-out host/cli/main.c,$(CLI_SOURCES))
$(eval $(call program,$(BLOCKS_BENCH),$(BLOCKS_BENCH_SOURCES),$(CLI_ARCHIVES) $(LIBHYPERION_A) $(TEST_SUPPORT),$(CLI_LDLIBS) $(LIBHYPERION_LDLIBS)))

BENCHES += bench-blocks
.PHONY: bench-blocks
bench-blocks: $(BLOCKS_BENCH) $(EXAMPLE_BLOCK)
	$(BLOCKS_BENCH) $(BUILD)/bench/blocks.json $(BLOCKS_BENCH_FILES)
