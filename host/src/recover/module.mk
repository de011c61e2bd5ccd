# Batch public-key recovery. The files *_ifma.c run only where the CPU has AVX-512 IFMA.
# -O2 whatever the rest has: -O3 of gcc makes the ladder a third slower. gcc schedules before it assigns registers
# only when asked to; without it, products spill and are a tenth slower (docs/cpu-recover.md). clang does so anyway,
# and does not know the flags.
RECOVER_IFMA := -O2 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512ifma \
                $(if $(findstring clang,$(CC)),,-fschedule-insns -fsched-pressure)
$(foreach f,field point scalar glv input sums recover,$(eval CFLAGS_host/src/recover/$(f)_ifma.c := $(RECOVER_IFMA)))

RECOVER_TABLES := $(GEN)/recover_tables.c
$(RECOVER_TABLES): host/src/recover/make_tables.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PYTHON) $< > $@
LIBHYPERION_SOURCES += $(RECOVER_TABLES)
LIBHYPERION_LDLIBS  += -lsecp256k1
