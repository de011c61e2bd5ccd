# Batch public-key recovery. The folder lanes is compiled once for each variant, under names of its own (lanes/names.h),
# and run only where the CPU has what the variant needs.
# -O2 whatever the rest has: -O3 of gcc makes the ladder a third slower. gcc schedules before it assigns registers
# only when asked to; without it, products spill and are a tenth slower (docs/cpu-recover.md). clang does so anyway,
# and does not know the flags. With AVX2 the thread rounds towards zero (lanes/multiply_add.h): compilers are told.
RECOVER_SCHEDULE      := $(if $(findstring clang,$(CC)),,-fschedule-insns -fsched-pressure)
RECOVER_FLAGS_avx2    := -O2 -mavx2 -mfma -frounding-math $(RECOVER_SCHEDULE) -DHYP_RECOVER_VARIANT=avx2
RECOVER_FLAGS_avx512f := -O2 -mavx512f -mavx512vl -mavx512dq -mavx512bw $(RECOVER_SCHEDULE) -DHYP_RECOVER_VARIANT=avx512f
RECOVER_FLAGS_ifma    := -O2 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512ifma $(RECOVER_SCHEDULE) \
                         -DHYP_RECOVER_VARIANT=ifma
RECOVER_LANES         := $(notdir $(wildcard host/src/recover/lanes/*.c))

# One source a file and variant, which includes the file.
define recover_variant
RECOVER_SOURCES_$(1) := $(RECOVER_LANES:%=$(GEN)/recover/$(1)/%)
$$(RECOVER_SOURCES_$(1)): $(GEN)/recover/$(1)/%.c: host/src/recover/module.mk
	@mkdir -p $$(@D)
	$$(call say,GEN,$$@)printf '#include "host/src/recover/lanes/%s"\n' $$*.c > $$@
$$(foreach f,$$(RECOVER_SOURCES_$(1)),$$(eval CFLAGS_$$(f) := $$(RECOVER_FLAGS_$(1))))
LIBHYPERION_SOURCES += $$(RECOVER_SOURCES_$(1))
endef
$(foreach v,avx2 avx512f ifma,$(eval $(call recover_variant,$(v))))
# Products with IFMA, and only they, are faster when ordered for a CPU that gcc 12 knows to have it.
RECOVER_PRODUCTS := $(if $(findstring clang,$(CC)),,-mtune=icelake-server -fno-schedule-insns2)
$(foreach f,field point,$(eval CFLAGS_$(GEN)/recover/ifma/$(f).c += $(RECOVER_PRODUCTS)))
$(foreach f,$(RECOVER_LANES),$(eval CFLAGS_host/src/recover/lanes/$(f) := $(RECOVER_FLAGS_ifma)))

RECOVER_TABLES := $(GEN)/recover_tables.c
$(RECOVER_TABLES): host/src/recover/make_tables.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PYTHON) $< > $@
LIBHYPERION_SOURCES += $(RECOVER_TABLES)
LIBHYPERION_LDLIBS  += -lsecp256k1
