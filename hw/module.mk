# RTL: generated register packages and the list of sources of each kernel, in compile order, packages first.
# A kernel's folder has a module.mk that says
#     $(eval $(call kernel,keccak256,hw/keccak))   generates its package and header from kernel.json
#     KECCAK256_SOURCES := …                       everything its top module needs, for Verilator and Yosys
# Includes of the C header are written "hw/keccak256.h".
KERNELGEN := hw/common/tools/kernelgen.py
KERNELS   :=

# $(1) name of the kernel, $(2) its folder
define kernel
KERNELS   += $(1)
GENERATED += $(GEN)/hw/$(1).h $(GEN)/hw/$(1)_regs_pkg.sv
$(GEN)/hw/$(1).h: $(2)/kernel.json $(KERNELGEN)
	@mkdir -p $$(@D)
	$$(call say,GEN,$$@)$(PYTHON) $(KERNELGEN) c $$< -o $$@
$(GEN)/hw/$(1)_regs_pkg.sv: $(2)/kernel.json $(KERNELGEN)
	@mkdir -p $$(@D)
	$$(call say,GEN,$$@)$(PYTHON) $(KERNELGEN) sv $$< -o $$@
endef

include hw/common/module.mk
include $(filter-out hw/common/module.mk,$(wildcard hw/*/module.mk))
