# Batch public-key recovery. The files *_ifma.c are compiled twice, for CPUs with AVX-512 IFMA and for those with
# AVX-512F alone (multiply_add.h), and run only where the CPU has that.
# -O2 whatever the rest has: -O3 of gcc makes the ladder a third slower. gcc schedules before it assigns registers
# only when asked to; without it, products spill and are a tenth slower (docs/cpu-recover.md). clang does so anyway,
# and does not know the flags.
RECOVER_AVX512F := -O2 -mavx512f -mavx512vl -mavx512dq -mavx512bw \
                   $(if $(findstring clang,$(CC)),,-fschedule-insns -fsched-pressure)
RECOVER_IFMA    := $(RECOVER_AVX512F) -mavx512ifma
RECOVER_TWICE   := field point scalar glv input sums recover
$(foreach f,$(RECOVER_TWICE),$(eval CFLAGS_host/src/recover/$(f)_ifma.c := $(RECOVER_IFMA)))

# The second time: a file that includes the first, with other names (avx512f_names.h).
RECOVER_SECOND := $(RECOVER_TWICE:%=$(GEN)/recover_avx512f/%.c)
$(RECOVER_SECOND): $(GEN)/recover_avx512f/%.c: host/src/recover/module.mk
	@mkdir -p $(@D)
	$(call say,GEN,$@)printf '#include "host/src/recover/%s"\n' avx512f_names.h $*_ifma.c > $@
$(foreach f,$(RECOVER_SECOND),$(eval CFLAGS_$(f) := $(RECOVER_AVX512F)))
LIBHYPERION_SOURCES += $(RECOVER_SECOND)

RECOVER_TABLES := $(GEN)/recover_tables.c
$(RECOVER_TABLES): host/src/recover/make_tables.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PYTHON) $< > $@
LIBHYPERION_SOURCES += $(RECOVER_TABLES)
LIBHYPERION_LDLIBS  += -lsecp256k1
