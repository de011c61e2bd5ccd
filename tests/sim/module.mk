# A C++ test is one program: $(eval $(call cxx_test,tests/sim/NAME.cpp,FURTHER SOURCES,FURTHER OBJECTS)).
define cxx_test
TESTS += $(BUILD)/$(1:.cpp=)
$(call program,$(BUILD)/$(1:.cpp=),$(1) $(2),$(3) $(SIM_CORE),$(SIM_CARD_LDLIBS))
endef

# A kernel that can be told to misbehave.
$(eval $(call verilated,increment,increment,tests/sim/rtl/increment.sv,--trace-fst))
$(call uses_verilated,tests/sim/increment_card.cpp,increment)
INCREMENT_CARD := tests/sim/increment_card.cpp
INCREMENT_MODEL := $(call verilated_object,increment)

$(eval $(call cxx_test,tests/sim/card_test.cpp,$(INCREMENT_CARD),$(INCREMENT_MODEL)))

# The same kernel behind the backend.
INCREMENT_MODULE := $(BUILD)/tests/sim/libincrement-sim.so
$(call uses_verilated,tests/sim/increment_module.cpp,increment)
$(INCREMENT_MODULE): $(call objects,tests/sim/increment_module.cpp) $(INCREMENT_MODEL) $(SIM_CORE) sim/libhyperion-sim.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CXX) -shared $(ALL_LDFLAGS) -Wl,--version-script=sim/libhyperion-sim.map -o $@ \
	    $(filter %.o,$^) $(filter %.a,$^) -lz

# Under a sanitizer the tests load the modules of the plain build, which exist by then.
CFLAGS_tests/sim/backend_test.c := -DINCREMENT_MODULE='"$(patsubst %/tsan,%,$(BUILD:%/asan=%))/tests/sim/libincrement-sim.so"'
$(eval $(call c_test,tests/sim/backend_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
ifeq ($(SANITIZE),)
$(BUILD)/tests/sim/backend_test: | $(INCREMENT_MODULE)
endif

$(foreach t,checker_test memory_test,$(eval CXXFLAGS_tests/sim/$(t).cpp := $(SIM_INCLUDES)))
$(eval $(call cxx_test,tests/sim/checker_test.cpp,,))
$(eval $(call cxx_test,tests/sim/memory_test.cpp,,))

# The real kernel behind the backend.
$(eval $(call c_test,tests/sim/keccak_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
ifeq ($(SANITIZE),)
$(BUILD)/tests/sim/keccak_test: | $(SIM_MODULE)
endif
SOAK_TESTS += tests/sim/keccak_soak.sh

SANITIZED_TESTS += $(addprefix tests/sim/,backend_test.c keccak_test.c card_test.cpp checker_test.cpp memory_test.cpp)
THREAD_TESTS    += $(addprefix tests/sim/,backend_test.c card_test.cpp)
