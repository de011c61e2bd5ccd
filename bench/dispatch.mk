# What dispatching costs and gains: `make bench-dispatch`.
BENCH_DISPATCH := $(BUILD)/bench/dispatch
$(eval $(call program,$(BENCH_DISPATCH),bench/dispatch.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
PROGRAMS += $(BENCH_DISPATCH)

bench-dispatch: $(BENCH_DISPATCH)
	@$(BENCH_DISPATCH)
BENCHES += bench-dispatch
.PHONY: bench-dispatch
