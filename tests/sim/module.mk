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

# Modules for the backend to load: $(1) file, $(2) source, $(3) name of the model.
define sim_test_module
$(call uses_verilated,$(2),$(3))
$(1): $(call objects,$(2)) $(call verilated_object,$(3)) $(SIM_CORE) sim/libhyperion-sim.map
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CXX) -shared $$(ALL_LDFLAGS) -Wl,--version-script=sim/libhyperion-sim.map -o $$@ \
	    $$(filter %.o,$$^) $$(filter %.a,$$^) -lz
endef
INCREMENT_MODULE := $(BUILD)/tests/sim/libincrement-sim.so
LAST_CARD_MODULE := $(BUILD)/tests/sim/liblast-card-sim.so
$(eval $(call sim_test_module,$(INCREMENT_MODULE),tests/sim/increment_module.cpp,increment))
$(eval $(call sim_test_module,$(LAST_CARD_MODULE),tests/sim/last_card_module.cpp,keccak256))

# Under a sanitizer the tests load the modules of the plain build, which exist by then.
SIM_PLAIN_BUILD := $(patsubst %/tsan,%,$(BUILD:%/asan=%))
CFLAGS_tests/sim/backend_test.c := -DINCREMENT_MODULE='"$(INCREMENT_MODULE:$(BUILD)/%=$(SIM_PLAIN_BUILD)/%)"'
CFLAGS_tests/sim/device_test.c := -DLAST_CARD_MODULE='"$(LAST_CARD_MODULE:$(BUILD)/%=$(SIM_PLAIN_BUILD)/%)"'
$(eval $(call c_test,tests/sim/backend_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/sim/device_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
ifeq ($(SANITIZE),)
$(BUILD)/tests/sim/backend_test: | $(INCREMENT_MODULE)
$(BUILD)/tests/sim/device_test: | $(LAST_CARD_MODULE)
endif

$(foreach t,checker_test memory_test,$(eval CXXFLAGS_tests/sim/$(t).cpp := $(SIM_INCLUDES)))
$(eval $(call cxx_test,tests/sim/checker_test.cpp,,))
$(eval $(call cxx_test,tests/sim/memory_test.cpp,,))

# The real kernels behind the backend.
SIM_ONE_RUN := $(BUILD)/tests/sim/libone-run.a
$(eval $(call archive,$(SIM_ONE_RUN),tests/sim/one_run.c))
$(eval $(call c_test,tests/sim/resident_test.c,$(OBJ)/tests/sim/resident_scenario.o $(SIM_ONE_RUN) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(foreach t,keccak_test ops_test,$(eval $(call c_test,tests/sim/$(t).c,$(SIM_ONE_RUN) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))
ifeq ($(SANITIZE),)
$(BUILD)/tests/sim/keccak_test $(BUILD)/tests/sim/ops_test $(BUILD)/tests/sim/resident_test: | $(SIM_MODULE)
endif
SOAK_TESTS += tests/sim/keccak_soak.sh

SANITIZED_TESTS += $(addprefix tests/sim/,backend_test.c device_test.c keccak_test.c card_test.cpp checker_test.cpp memory_test.cpp)
THREAD_TESTS    += $(addprefix tests/sim/,backend_test.c card_test.cpp)
