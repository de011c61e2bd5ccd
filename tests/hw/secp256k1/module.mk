# The recovery kernel's RTL and model against libsecp256k1.
SECP256K1_TESTS     := tests/hw/secp256k1
SECP256K1_BENCH     := $(addprefix $(SECP256K1_TESTS)/,bench.cpp reference.cpp)
CXXFLAGS_$(SECP256K1_TESTS)/bench.cpp += $(SIM_INCLUDES)

# $(1) name, $(2) models that it includes
define secp256k1_test
TESTS += $(BUILD)/$(SECP256K1_TESTS)/$(1)_test
$(call uses_verilated,$(SECP256K1_TESTS)/$(1)_test.cpp,$(2))
$(call program,$(BUILD)/$(SECP256K1_TESTS)/$(1)_test,$(SECP256K1_TESTS)/$(1)_test.cpp $(SECP256K1_BENCH),\
    $(foreach m,$(2),$(call verilated_object,$(m))) $(VERILATED_RUNTIME) $(TEST_SUPPORT),\
    -lsecp256k1 -ljansson -lgmpxx -lgmp -lstdc++ -lz -lm)
endef

$(foreach levels,0 1 2,$(eval $(call verilated,secp256k1_mul$(levels),secp256k1_mul,$(SECP256K1_MUL_SOURCES),-GLevels=$(levels))))
$(eval $(call verilated,secp256k1_reduce,secp256k1_reduce,$(SECP256K1_GEN)/secp256k1_pkg.sv $(SECP256K1)/rtl/secp256k1_reduce.sv,))
$(eval $(call verilated,secp256k1_invert,secp256k1_invert,$(SECP256K1_GEN)/secp256k1_pkg.sv $(SECP256K1)/rtl/secp256k1_invert.sv,))
$(eval $(call verilated,secp256k1_core,secp256k1_core,$(SECP256K1_CORE_SOURCES),))
$(eval $(call secp256k1_test,mul,secp256k1_mul0 secp256k1_mul1 secp256k1_mul2))
$(eval $(call secp256k1_test,reduce,secp256k1_reduce))
$(eval $(call secp256k1_test,invert,secp256k1_invert))
$(eval $(call secp256k1_test,core,secp256k1_core))

# A program that breaks the hazards: what the assertions of the core are for.
$(eval $(call secp256k1_generated,rushed/secp256k1_program.sv,rushed))
$(eval $(call verilated,secp256k1_rushed,secp256k1_core,$(subst /secp256k1_program.sv,/rushed/secp256k1_program.sv,$(SECP256K1_CORE_SOURCES)),))
$(eval $(call secp256k1_test,hazard,secp256k1_rushed))

# Items aimed at the additions of this very microprogram.
SECP256K1_CRAFTED := $(BUILD)/$(SECP256K1_TESTS)/crafted.txt
$(SECP256K1_CRAFTED): $(SECP256K1_MODEL)
	@mkdir -p $(@D)
	$(call say,GEN,$@)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) $(SECP256K1)/model/adversary.py > $@
CXXFLAGS_$(SECP256K1_TESTS)/core_test.cpp += -DCRAFTED_ITEMS='"$(SECP256K1_CRAFTED)"'
$(BUILD)/$(SECP256K1_TESTS)/core_test: | $(SECP256K1_CRAFTED)

# The whole kernel, as the card has it.
ECRECOVER_BENCH := tests/hw/batch_card.cpp $(addprefix $(SECP256K1_TESTS)/,ecrecover_batch.cpp reference.cpp)
ECRECOVER_LIBS  := -lsecp256k1 -ljansson
CXXFLAGS_$(SECP256K1_TESTS)/ecrecover_test.cpp += -DCRAFTED_ITEMS='"$(SECP256K1_CRAFTED)"'
TESTS += $(BUILD)/$(SECP256K1_TESTS)/ecrecover_test
$(call uses_verilated,$(SECP256K1_TESTS)/ecrecover_test.cpp,ecrecover)
$(eval $(call program,$(BUILD)/$(SECP256K1_TESTS)/ecrecover_test,$(SECP256K1_TESTS)/ecrecover_test.cpp $(ECRECOVER_BENCH),\
    $(call verilated_object,ecrecover) $(SIM_CARD) $(LIBHYPERION_A) $(TEST_SUPPORT),$(ECRECOVER_LIBS) $(SIM_CARD_LDLIBS)))
$(BUILD)/$(SECP256K1_TESTS)/ecrecover_test: | $(SECP256K1_CRAFTED)

TESTS += $(SECP256K1_TESTS)/model_test.py
SOAK_TESTS += $(addprefix $(SECP256K1_TESTS)/,core_soak.sh model_soak.py proof_soak.sh)
