# The XRT path: protocol server, helper, backend. Most tests use a fake card (fake_card.c), which is quick and can
# misbehave; conformance_test.c runs keccak on the Verilated one.
XRT_FAKE_CARD   := $(BUILD)/tests/xrt/libfake-card.a
XRT_FAKE_SERVER := $(BUILD)/tests/xrt/fake-sim-card
XRT_FAKE_XCLBIN := $(BUILD)/tests/xrt/fake.hw_emu.xclbin

$(eval $(call archive,$(XRT_FAKE_CARD),tests/xrt/fake_card.c))
$(eval $(call hw_emu_program,$(XRT_FAKE_SERVER),$(XRT_FAKE_CARD)))
$(XRT_FAKE_XCLBIN): $(XRT_FAKE_SERVER) $(HYPERION) hw/keccak/kernel.json
	$(call say,PACK,$@)$(HYPERION) bitstream pack --name fake --kernel hw/keccak/kernel.json:2 \
	    --simulator $(XRT_FAKE_SERVER) -o $@

$(eval $(call c_test,tests/xrt/server_test.c,$(HW_EMU_LIB) $(XRT_FAKE_CARD),-l:libprotobuf-c.a))
CFLAGS_tests/xrt/server_test.c := -isystem /usr/include/xrt
$(eval $(call c_test,tests/xrt/backend_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/xrt/backend_test: | $(XRT_FAKE_XCLBIN) $(CARD_HOST)

# A helper that lies, to see what the library believes.
XRT_FAKE_HOST := $(BUILD)/tests/xrt/fake-host
$(eval $(call program,$(XRT_FAKE_HOST),tests/xrt/fake_host.c host/src/backend/xrt_channel.c))
$(eval $(call c_test,tests/xrt/liar_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/xrt/liar_test: | $(XRT_FAKE_XCLBIN) $(XRT_FAKE_HOST)

$(eval $(call c_test,tests/xrt/parts_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

# Takes as long as a card may take to come up.
$(eval $(call c_test,tests/xrt/silent_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/xrt/silent_test: | $(XRT_FAKE_XCLBIN) $(CARD_HOST)
TESTS := $(filter-out $(BUILD)/tests/xrt/silent_test,$(TESTS))
SOAK_TESTS += $(BUILD)/tests/xrt/silent_test

ifneq ($(wildcard hw/keccak/rtl/keccak256.sv),)
$(eval $(call c_test,tests/xrt/conformance_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/xrt/device_test.c,$(OBJ)/tests/xrt/fixture.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(BUILD)/tests/xrt/conformance_test $(BUILD)/tests/xrt/device_test: | $(HW_EMU_BITSTREAM) $(CARD_HOST)
TESTS += tests/xrt/valgrind_test.sh
endif
