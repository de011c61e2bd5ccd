# The tables of EXP2 and SIGMOID are generated.
OPCODE_TABLES := $(GEN)/opcode_tables.c
$(OPCODE_TABLES): host/src/opcodes/make_tables.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PYTHON) $< > $@
LIBHYPERION_SOURCES += $(OPCODE_TABLES)
