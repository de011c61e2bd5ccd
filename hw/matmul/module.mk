$(eval $(call kernel,matmul,hw/matmul))

MATMUL_CORE_SOURCES := $(addprefix hw/matmul/rtl/matmul_,pkg.sv dsp.sv row.sv group.sv array.sv ram.sv check.sv tiler.sv \
    fetch_rows.sv fetch_weights.sv sequence.sv requant.sv store.sv core.sv)
MATMUL_SOURCES := $(GEN)/hw/matmul_regs_pkg.sv $(HW_COMMON_SOURCES) $(MATMUL_CORE_SOURCES) hw/matmul/rtl/matmul.sv
# What a card would have.
MATMUL_64 := Rows=64 Columns=64 RowTiles=2 ABeats=8192
$(eval $(call rtl_top,matmul,$(MATMUL_SOURCES),$(MATMUL_64)))
