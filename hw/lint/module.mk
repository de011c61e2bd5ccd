# `make lint-rtl`: every top that rtl_top named goes through Verilator's lint and Yosys's front end.
RTL_WAIVERS := hw/lint/waivers.vlt

.PHONY: lint-rtl $(RTL_TOPS:%=lint-rtl-%)
lint: lint-rtl
lint-rtl: $(RTL_TOPS:%=lint-rtl-%)

lint_verilator = $(VERILATOR) --lint-only -Wall $(RTL_WAIVERS) $(2:%=-G%) --top-module $(1) $(RTL_SOURCES_$(1))

define lint_rtl
lint-rtl-$(1): $$(RTL_SOURCES_$(1)) $$(RTL_WAIVERS)
	$$(call say,LINT,$(1) $(RTL_PARAMETERS_$(1)))$(foreach p,$(RTL_PARAMETERS_$(1)),$(call lint_verilator,$(1),$(p)) &&) \
	    $(call lint_verilator,$(1))
	$$(call say,YOSYS,$(1))yosys -q -p 'read_verilog -sv $(RTL_SOURCES_$(1)); hierarchy -check -top $(1); proc; check -assert'
endef
$(foreach t,$(RTL_TOPS),$(eval $(call lint_rtl,$(t))))
