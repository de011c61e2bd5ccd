# RTL: generated register packages and the list of sources of each kernel, in compile order, packages first.
# A kernel's folder has a module.mk that says
#     $(eval $(call kernel,keccak256,hw/keccak))   generates its package and header from kernel.json
#     KECCAK256_SOURCES := …                       everything its top module needs, for Verilator and Yosys
#     $(eval $(call rtl_top,keccak256,$(KECCAK256_SOURCES),U=8 U=24))   lints it with each of these parameters
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

# Names a top module for the lint, and writes its sources to $(GEN)/hw/TOP.f, which Verilator and Vivado take with -f.
# $(1) top module, $(2) its sources, $(3) parameter settings to lint it with, one at a time
define rtl_top
RTL_TOPS += $(1)
RTL_SOURCES_$(1) := $(2)
RTL_PARAMETERS_$(1) := $(3)
GENERATED += $(GEN)/hw/$(1).f
$(GEN)/hw/$(1).f: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' $$(RTL_SOURCES_$(1)) | cmp -s - $$@ || printf '%s\n' $$(RTL_SOURCES_$(1)) > $$@
endef

include hw/common/module.mk
include $(filter-out hw/common/module.mk hw/lint/module.mk,$(wildcard hw/*/module.mk))
include hw/lint/module.mk
