# Tests of the kernels' RTL, from single modules to whole kernels. A bench is a C++ main that prints TAP; models are
# made and linked as sim/module.mk says.
TESTS += tests/hw/kernelgen_test.sh

# $(1) test, $(2) further sources, $(3) names of the Verilated models it includes
define hw_test
TESTS += $(BUILD)/$(1:.cpp=)
$(call uses_verilated,$(1),$(3))
$(call program,$(BUILD)/$(1:.cpp=),$(1) $(2),$(foreach m,$(3),$(call verilated_object,$(m))) $(SIM_CARD) $(LIBHYPERION_A),$(SIM_CARD_LDLIBS) $(LIBHYPERION_LDLIBS))
endef

# Whole kernels. The card's own model has 8 round stages.
KECCAK_BENCH := tests/hw/batch_card.cpp tests/hw/keccak_batch.cpp
$(eval $(call verilated,keccak256_u24,keccak256,$(KECCAK256_SOURCES),-GU=24))
$(eval $(call hw_test,tests/hw/keccak256_test.cpp,$(KECCAK_BENCH),keccak256 keccak256_u24))

include $(wildcard tests/hw/*/module.mk)
