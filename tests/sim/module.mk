# A C++ test is one program: $(eval $(call cxx_test,tests/sim/NAME.cpp,FURTHER SOURCES,FURTHER OBJECTS)).
define cxx_test
TESTS += $(BUILD)/$(1:.cpp=)
$(call program,$(BUILD)/$(1:.cpp=),$(1) $(2),$(3) $(SIM_CARD),$(SIM_CARD_LDLIBS))
endef

# A kernel that can be told to misbehave.
$(eval $(call verilated,increment,increment,tests/sim/rtl/increment.sv,))
$(call uses_verilated,tests/sim/increment_card.cpp,increment)
INCREMENT_CARD := tests/sim/increment_card.cpp
INCREMENT_MODEL := $(call verilated_object,increment)

$(eval $(call cxx_test,tests/sim/card_test.cpp,$(INCREMENT_CARD),$(INCREMENT_MODEL)))
