# The simulated card.
#
#   $(eval $(call verilated,NAME,TOP,SOURCES,FLAGS))
#       Verilates TOP of SOURCES into the class VNAME (header VNAME.h) and compiles it to the objects
#       $(call verilated_object,NAME). A NAME that ends in _wave can write waves, and is slower.
#       A C++ file that includes the header says so:  $(call uses_verilated,FILE.cpp,NAME)
#   $(SIM_CORE)          archive: the card without kernels (sim/kernel_set.h); link with $(SIM_CARD_LDLIBS)
#   $(SIM_CARD)          archive: the card with the kernels of this build; likewise
#   $(SIM_MODULE)        what libhyperion loads for `sim:N`
#
# Compute units of each kernel, and the optimisation of the models' code, may be set on the command line.
SIM_KECCAK256_UNITS ?= 1
SIM_ECRECOVER_UNITS ?= 1
SIM_MATMUL_UNITS    ?= 1
SIM_CXXFLAGS        ?= -O3
SIM_ECRECOVER_WAVE_DEPTH ?= 3

SIM_CORE        := $(LIB)/libsim-core.a
SIM_CARD        := $(LIB)/libsim-card.a
SIM_CARD_LDLIBS := -lstdc++ -lz -lm
SIM_MODULE      := $(LIB)/hyperion/libhyperion-sim.so

VERILATOR_INCLUDE := $(shell $(VERILATOR) --getenv VERILATOR_ROOT 2>/dev/null)/include
VERILATOR_FLAGS   := --cc --assert -O3 --x-assign unique --x-initial unique --timescale 1ns/1ps \
                     -Wno-SYMRSVDWORD
VERILATED_CXXFLAGS = $(filter-out -O% -W% -g% -fsanitize%,$(ALL_CXXFLAGS)) -w -DVM_TRACE=1 -DVM_TRACE_FST=1 \
                     -isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd

verilated_object = $(OBJ)/verilated/$(1)/fast.o $(OBJ)/verilated/$(1)/slow.o

# What runs every cycle is compiled as one file, so that the compiler sees all of it; construction, reset
# values and waves are three quarters of the code and not worth optimising.
define verilated
$(GEN)/verilated/$(1)/V$(1).h: $(3) $(OBJ)/flags sim/module.mk
	@rm -rf $$(@D) && mkdir -p $$(@D)
	$$(call say,VERILATE,$(1))$(VERILATOR) $(VERILATOR_FLAGS) $(if $(filter %_wave,$(1)),--trace-fst) $(4) --prefix V$(1) --top-module $(2) \
	    --Mdir $$(@D) $(3)
	@cd $$(@D) && for f in V$(1)*.cpp; do case $$$$f in *__Trace__*|*__Slow.cpp|*__Syms.cpp) kind=slow;; \
	    *) kind=fast;; esac; echo "#include \"$$$$f\"" >> $$$$kind.cxx; done
$(OBJ)/verilated/$(1)/%.o: $(GEN)/verilated/$(1)/V$(1).h
	@mkdir -p $$(@D)
	$$(call say,CXX,$(1) $$*)$$(CXX) $$(VERILATED_CXXFLAGS) $$(VERILATED_$$*_FLAGS) -c -x c++ $$(<D)/$$*.cxx -o $$@
endef
VERILATED_fast_FLAGS = $(if $(filter %_wave,$(notdir $(@D))),-O1,$(or $(SIM_CXXFLAGS_$(notdir $(@D))),$(SIM_CXXFLAGS)))
VERILATED_slow_FLAGS = -O1

define uses_verilated
$(eval $(OBJ)/$(1:.cpp=.o) $(BUILD)/tidy/$(1).ok: $(foreach n,$(2),$(GEN)/verilated/$(n)/V$(n).h))
$(eval CXXFLAGS_$(1) += $(SIM_INCLUDES) $(foreach n,$(2),-isystem $(GEN)/verilated/$(n)))
endef

SIM_INCLUDES := -DVM_TRACE=1 -DVM_TRACE_FST=1 -isystem $(VERILATOR_INCLUDE)

# Verilator's runtime, which must not print. Like the models it is not ours to sanitize.
VERILATED_RUNTIME := $(patsubst %,$(OBJ)/verilated/runtime/%.o,verilated verilated_threads verilated_fst_c)
$(OBJ)/verilated/runtime/%.o: $(VERILATOR_INCLUDE)/%.cpp sim/rtl_printf.h $(OBJ)/flags
	@mkdir -p $(@D)
	$(call say,CXX,$(<F))$(CXX) $(VERILATED_CXXFLAGS) -O2 -include sim/rtl_printf.h -c $< -o $@

SIM_CORE_SOURCES := $(addprefix sim/,axi_checker.cpp axi_memory.cpp card.cpp control_port.cpp fault_injector.cpp memory.cpp \
                                     rtl_messages.cpp rules.cpp unit.cpp fault_plan.c identity.c)
$(foreach f,$(filter %.cpp,$(SIM_CORE_SOURCES)),$(eval CXXFLAGS_$(f) += $(SIM_INCLUDES)))
SIM_CORE_OBJECTS := $(call objects,$(SIM_CORE_SOURCES)) $(VERILATED_RUNTIME)

# The kernels of the card, which sim/kernels.cpp lists, each without and with waves. SIM_KERNELS gives their
# descriptions and units in the same order: from it the hw_emu xclbin is packed.
SIM_KERNELS := hw/keccak/kernel.json:$(SIM_KECCAK256_UNITS) hw/secp256k1/kernel.json:$(SIM_ECRECOVER_UNITS) \
    hw/matmul/kernel.json:$(SIM_MATMUL_UNITS)
$(eval $(call verilated,keccak256,keccak256,$(KECCAK256_SOURCES),))
$(eval $(call verilated,keccak256_wave,keccak256,$(KECCAK256_SOURCES),))
$(eval $(call verilated,ecrecover,ecrecover,$(ECRECOVER_SOURCES),))
$(eval $(call verilated,matmul,matmul,$(MATMUL_SOURCES),))
$(eval $(call verilated,matmul_wave,matmul,$(MATMUL_SOURCES),))
# All of the multiplier's tiles would make waves of gigabytes, so slowly that the card is not admitted in time.
$(eval $(call verilated,ecrecover_wave,ecrecover,$(ECRECOVER_SOURCES),--trace-depth $(SIM_ECRECOVER_WAVE_DEPTH)))
SIM_MODEL_NAMES := keccak256 keccak256_wave ecrecover ecrecover_wave matmul matmul_wave
$(call uses_verilated,sim/kernels.cpp,$(SIM_MODEL_NAMES))
CXXFLAGS_sim/kernels.cpp += -DSIM_KECCAK256_UNITS=$(SIM_KECCAK256_UNITS) -DSIM_ECRECOVER_UNITS=$(SIM_ECRECOVER_UNITS) \
    -DSIM_MATMUL_UNITS=$(SIM_MATMUL_UNITS)
SIM_MODELS := $(foreach n,$(SIM_MODEL_NAMES),$(call verilated_object,$(n)))

SIM_CARD_OBJECTS := $(SIM_CORE_OBJECTS) $(call objects,sim/kernels.cpp) $(SIM_MODELS)

# $(1) archive, $(2) objects
define object_archive
$(1): $(2)
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)rm -f $$@ && $$(AR) rcsD $$@ $$^
endef
$(eval $(call object_archive,$(SIM_CORE),$(SIM_CORE_OBJECTS)))
$(eval $(call object_archive,$(SIM_CARD),$(SIM_CARD_OBJECTS)))

$(SIM_MODULE): $(SIM_CARD_OBJECTS) sim/libhyperion-sim.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CXX) -shared $(ALL_LDFLAGS) -Wl,--version-script=sim/libhyperion-sim.map -o $@ \
	    $(filter %.o,$^) -lz

LINT_CLANG += $(SIM_CORE)
LIBRARIES += $(SIM_CARD) $(SIM_MODULE)

# Cycles a second: `make bench-sim`.
SIM_SPEED := $(BUILD)/bench/sim-speed
$(call uses_verilated,sim/bench/speed.cpp,keccak256 keccak256_wave)
$(eval $(call program,$(SIM_SPEED),sim/bench/speed.cpp,$(SIM_CARD),$(SIM_CARD_LDLIBS)))
bench-sim: $(SIM_SPEED)
	@$(SIM_SPEED) 100000
	@$(SIM_SPEED) 10000 532
	@$(SIM_SPEED) 10000 64 4
	@$(SIM_SPEED) 1000 64 1 $(BUILD)/bench/sim-speed.fst
.PHONY: bench-sim
