# Faults that simulated cards are ordered to have: their text, and what becomes of work under them.
$(eval $(call c_test,tests/faults/plan_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
SANITIZED_TESTS += tests/faults/plan_test.c

# A card that holds keccak256 alone, in the process (the module is that of tests/sim) and behind XRT: it is admitted
# within milliseconds.
KECCAK_MODULE    := $(BUILD)/tests/sim/liblast-card-sim.so
KECCAK_SIMULATOR := $(BUILD)/tests/faults/keccak-sim-card
KECCAK_XCLBIN    := $(BUILD)/tests/faults/keccak.hw_emu.xclbin
$(eval $(call hw_emu_program,$(KECCAK_SIMULATOR),$(OBJ)/tests/sim/last_card_module.o \
    $(call verilated_object,keccak256) $(SIM_CORE),$(SIM_CARD_LDLIBS)))
$(KECCAK_XCLBIN): $(KECCAK_SIMULATOR) $(HYPERION) hw/keccak/kernel.json
	$(call say,PACK,$@)$(HYPERION) bitstream pack --name keccak --kernel hw/keccak/kernel.json:2 \
	    --simulator $(KECCAK_SIMULATOR) -o $@

CFLAGS_tests/faults/matrix_test.c := -DKECCAK_MODULE='"$(KECCAK_MODULE)"' -DKECCAK_XCLBIN='"$(KECCAK_XCLBIN)"'
FAULT_WORK := $(BUILD)/tests/faults/libwork.a
$(eval $(call archive,$(FAULT_WORK),tests/faults/work.c))
$(eval $(call c_test,tests/faults/matrix_test.c,$(FAULT_WORK) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/faults/matrix_test: | $(KECCAK_MODULE) $(KECCAK_XCLBIN) $(SIM_MODULE) $(HW_EMU_BITSTREAM) $(CARD_HOST)
SOAK_TESTS += tests/faults/matrix_soak.sh

CFLAGS_tests/faults/input_rot_test.c := -DKECCAK_MODULE='"$(KECCAK_MODULE)"'
$(eval $(call c_test,tests/faults/input_rot_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/faults/input_rot_test: | $(KECCAK_MODULE) $(SIM_MODULE)

TESTS += tests/faults/blocks_test.py
