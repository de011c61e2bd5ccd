# The recovery kernel's RTL and model against libsecp256k1.
#   $(eval $(call secp256k1_test,NAME,TOP,SOURCES,FLAGS))   tests/hw/secp256k1/NAME_test.cpp on the Verilated TOP
SECP256K1_TESTS     := tests/hw/secp256k1
SECP256K1_BENCH     := $(addprefix $(SECP256K1_TESTS)/,bench.cpp reference.cpp)
CXXFLAGS_$(SECP256K1_TESTS)/bench.cpp += $(SIM_INCLUDES)

define secp256k1_test
TESTS += $(BUILD)/$(SECP256K1_TESTS)/$(1)_test
$(call verilated,secp256k1_$(1),$(2),$(3),$(4))
$(call uses_verilated,$(SECP256K1_TESTS)/$(1)_test.cpp,secp256k1_$(1))
$(call program,$(BUILD)/$(SECP256K1_TESTS)/$(1)_test,$(SECP256K1_TESTS)/$(1)_test.cpp $(SECP256K1_BENCH),\
    $(call verilated_object,secp256k1_$(1)) $(VERILATED_RUNTIME) $(TEST_SUPPORT),-lsecp256k1 -ljansson -lstdc++ -lz -lm)
endef

$(eval $(call secp256k1_test,core,secp256k1_core,$(SECP256K1_CORE_SOURCES),))

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
