# The tables of EXP2 and SIGMOID are generated.
OPCODE_TABLES := $(GEN)/opcode_tables.c
$(OPCODE_TABLES): host/src/opcodes/make_tables.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PYTHON) $< > $@
LIBHYPERION_SOURCES += $(OPCODE_TABLES)

# One source of loops, compiled for each variant of the CPU; -O3 makes vectors of them.
CFLAGS_host/src/opcodes/kernels_portable.c := -O3
CFLAGS_host/src/opcodes/kernels_avx2.c     := -O3 -mavx2
CFLAGS_host/src/opcodes/kernels_avx512.c   := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl
