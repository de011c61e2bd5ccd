# What checking costs: `make bench-verify`.
BENCH_VERIFY := $(BUILD)/bench/verify
$(eval $(call program,$(BENCH_VERIFY),bench/verify.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))
PROGRAMS += $(BENCH_VERIFY)

bench-verify: $(BENCH_VERIFY)
	@$(BENCH_VERIFY)
BENCHES += bench-verify
.PHONY: bench-verify
