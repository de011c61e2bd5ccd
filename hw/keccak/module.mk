$(eval $(call kernel,keccak256,hw/keccak))

KECCAK256_SOURCES := $(GEN)/hw/keccak256_regs_pkg.sv $(HW_COMMON_SOURCES) \
    $(addprefix hw/keccak/rtl/,keccak_pkg.sv keccak_round.sv keccak_ring.sv keccak_engine.sv keccak_fetch.sv \
        keccak_absorb.sv keccak_core.sv keccak256.sv \
        keccak_absorb_sva.sv keccak_engine_sva.sv keccak_fetch_sva.sv)
$(eval $(call rtl_top,keccak256,$(KECCAK256_SOURCES),U=2 U=24))

KECCAK_AREA_STAGES := 8 24
# Area on UltraScale+ as Yosys maps it, hierarchy kept (about 2 minutes a configuration, so not part of any other target).
.PHONY: yosys-keccak
yosys-keccak: $(KECCAK_AREA_STAGES:%=yosys-keccak-%)
yosys-keccak-%: $(KECCAK256_SOURCES)
	@mkdir -p $(BUILD)/yosys
	$(call say,YOSYS,keccak256 U=$*)yosys -q -w 'Resizing cell port' -l $(BUILD)/yosys/keccak256_u$*.log \
	    -p 'read_verilog -sv $(KECCAK256_SOURCES)' -p 'chparam -set U $* keccak256' \
	    -p 'synth_xilinx -family xcup -nowidelut -top keccak256' \
	    -p 'tee -o $(BUILD)/yosys/keccak256_u$*.txt stat'
	@sed -n '/design hierarchy/,$$p' $(BUILD)/yosys/keccak256_u$*.txt
