# `make bench`: the ops on the CPU. The peer of keccak256 is XKCP's times-8 AVX-512 code, which is not
# part of this project: `make bench XKCP=DIR` measures against the one built in DIR (by `make
# AVX512/libXKCP.a` there).
XKCP ?=

CPU_BENCH         := $(BUILD)/bench/cpu_bench
CPU_BENCH_SOURCES := bench/cpu/cpu_bench.c bench/cpu/keccak_bench.c bench/cpu/recover_bench.c \
                     bench/cpu/runner.c bench/cpu/statistics.c
ifneq ($(XKCP),)
XKCP_LIBRARY := $(XKCP)/bin/AVX512/libXKCP.a
CPU_BENCH_SOURCES += bench/cpu/peer_xkcp.c
CFLAGS_bench/cpu/peer_xkcp.c := -mavx512f -I$(XKCP_LIBRARY).headers
else
XKCP_LIBRARY :=
CPU_BENCH_SOURCES += bench/cpu/peer_none.c
endif
$(eval $(call program,$(CPU_BENCH),$(CPU_BENCH_SOURCES),$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A) $(XKCP_LIBRARY),-lcrypto $(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))

# Which peer it was built with is not seen from its sources.
$(BUILD)/bench/peer: FORCE
	@mkdir -p $(@D)
	@echo '$(XKCP)' | cmp -s - $@ || echo '$(XKCP)' > $@
$(CPU_BENCH): $(BUILD)/bench/peer

BENCHES += bench-cpu
.PHONY: bench-cpu
bench-cpu: $(CPU_BENCH)
	$(CPU_BENCH) $(BUILD)/bench/cpu.json
