# The program that XRT starts out of a hw_emu xclbin: the simulated card behind XRT's emulation protocol.
HW_EMU_PROTO := $(GEN)/sim/hw_emu/xrt_emulation.pb-c
HW_EMU_LIB   := $(LIB)/libhw-emu.a

$(HW_EMU_PROTO).c $(HW_EMU_PROTO).h &: sim/hw_emu/xrt_emulation.proto
	@mkdir -p $(GEN)
	$(call say,PROTO,$<)protoc-c --c_out=$(GEN) $<
GENERATED += $(HW_EMU_PROTO).h

CFLAGS_sim/hw_emu/server.c := -isystem /usr/include/xrt
$(eval $(call archive,$(HW_EMU_LIB),sim/hw_emu/wire.c sim/hw_emu/server.c $(HW_EMU_PROTO).c))

# Everything in one file, because the xclbin that carries it runs where Verilator and protobuf-c are not installed.
#   $(eval $(call hw_emu_program,OUT,CARD,LDLIBS))   with a card that implements sim/card.h
define hw_emu_program
$(1): $(call objects,sim/hw_emu/main.c) $(HW_EMU_LIB) $(2)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CXX) $$(ALL_LDFLAGS) -static -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) \
	    -l:libprotobuf-c.a $(3)
endef

ifneq ($(SIM_CARD),)
SIM_CARD_PROGRAM := $(LIBEXEC)/hyperion-sim-card
$(eval $(call hw_emu_program,$(SIM_CARD_PROGRAM),$(SIM_CARD),$(SIM_CARD_LDLIBS)))
PROGRAMS += $(SIM_CARD_PROGRAM)
endif
