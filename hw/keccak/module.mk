$(eval $(call kernel,keccak256,hw/keccak))

KECCAK256_SOURCES := $(GEN)/hw/keccak256_regs_pkg.sv $(HW_COMMON_SOURCES)
