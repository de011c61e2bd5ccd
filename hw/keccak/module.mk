$(eval $(call kernel,keccak256,hw/keccak))

KECCAK256_SOURCES := $(GEN)/hw/keccak256_regs_pkg.sv $(HW_COMMON_SOURCES) \
    $(addprefix hw/keccak/rtl/,keccak_pkg.sv keccak_round.sv keccak_ring.sv keccak_engine.sv keccak_fetch.sv \
        keccak_absorb.sv keccak_core.sv keccak256.sv \
        keccak_absorb_sva.sv keccak_engine_sva.sv keccak_fetch_sva.sv)
$(eval $(call rtl_top,keccak256,$(KECCAK256_SOURCES),U=2 U=24))
