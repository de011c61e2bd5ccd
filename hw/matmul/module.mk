$(eval $(call kernel,matmul,hw/matmul))

MATMUL_CORE_SOURCES := $(addprefix hw/matmul/rtl/matmul_,pkg.sv dsp.sv row.sv group.sv array.sv ram.sv check.sv tiler.sv \
    fetch_rows.sv fetch_weights.sv sequence.sv requant.sv store.sv core.sv)
MATMUL_SOURCES := $(GEN)/hw/matmul_regs_pkg.sv $(HW_COMMON_SOURCES) $(MATMUL_CORE_SOURCES) hw/matmul/rtl/matmul.sv \
    $(addprefix hw/matmul/rtl/matmul_,group_sva.sv fetch_rows_sva.sv fetch_weights_sva.sv sequence_sva.sv store_sva.sv core_sva.sv sva.sv)
# What a card would have.
MATMUL_64 := Rows=64 Columns=64 RowTiles=2 ABeats=8192
$(eval $(call rtl_top,matmul,$(MATMUL_SOURCES),$(MATMUL_64)))

MATMUL_16 := Rows=16 Columns=16 RowTiles=1 ABeats=1024
MATMUL_AREA_SOURCES := hw/common/rtl/batch_pkg.sv hw/common/rtl/sync_fifo.sv $(MATMUL_CORE_SOURCES)
# Area on UltraScale+ as Yosys maps it, hierarchy kept (minutes, so not part of any other target).
.PHONY: yosys-matmul
yosys-matmul: yosys-matmul-16 yosys-matmul-64
yosys-matmul-%: $(MATMUL_AREA_SOURCES)
	@mkdir -p $(BUILD)/yosys
	$(call say,YOSYS,matmul_core $*x$*)yosys -q -w 'Resizing cell port' -l $(BUILD)/yosys/matmul_$*.log \
	    -p 'read_verilog -sv $(MATMUL_AREA_SOURCES)' \
	    -p 'chparam $(foreach p,$(MATMUL_$*),-set $(subst =, ,$(p))) matmul_core' \
	    -p 'synth_xilinx -family xcup -nowidelut -top matmul_core' \
	    -p 'tee -o $(BUILD)/yosys/matmul_$*.txt stat -top matmul_core'
	@sed -n '/design hierarchy/,$$p' $(BUILD)/yosys/matmul_$*.txt
