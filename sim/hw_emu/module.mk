# The program that XRT starts out of a hw_emu xclbin: the simulated card behind XRT's emulation protocol.
HW_EMU_PROTO := $(GEN)/sim/hw_emu/xrt_emulation.pb-c
HW_EMU_LIB   := $(LIB)/libhw-emu.a

$(HW_EMU_PROTO).c $(HW_EMU_PROTO).h &: sim/hw_emu/xrt_emulation.proto
	@mkdir -p $(GEN)
	$(call say,PROTO,$<)protoc-c --c_out=$(GEN) $<
GENERATED += $(HW_EMU_PROTO).h

CFLAGS_sim/hw_emu/server.c := -isystem /usr/include/xrt
$(eval $(call archive,$(HW_EMU_LIB),sim/hw_emu/wire.c sim/hw_emu/server.c $(HW_EMU_PROTO).c))

# Nothing but libc and libm is left to the machine: the xclbin that carries this program runs where Verilator and
# protobuf-c are not installed. (Not those two as well, because valgrind is of no use on a program without them.)
#   $(eval $(call hw_emu_program,OUT,CARD,LDLIBS))   with a card that implements sim/card.h
define hw_emu_program
$(1): $(call objects,sim/hw_emu/main.c) $(HW_EMU_LIB) $(2)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CXX) $$(ALL_LDFLAGS) -static-libgcc -static-libstdc++ -o $$@ $$(filter %.o,$$^) \
	    $$(filter %.a,$$^) -Wl,-Bstatic -l:libprotobuf-c.a $(filter-out -lm,$(3)) -Wl,-Bdynamic -lm
endef

ifneq ($(SIM_CARD),)
SIM_CARD_PROGRAM := $(LIBEXEC)/hyperion-sim-card
$(eval $(call hw_emu_program,$(SIM_CARD_PROGRAM),$(SIM_CARD),$(SIM_CARD_LDLIBS)))
PROGRAMS += $(SIM_CARD_PROGRAM)
endif
