# Recovery of batches against libsecp256k1.
BENCH_RECOVER := $(BUILD)/bench/recover
$(eval $(call program,$(BENCH_RECOVER),bench/recover.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))
PROGRAMS += $(BENCH_RECOVER)
