# The XRT path: protocol server, helper, backend. Most tests use a fake card (fake_card.c), which is quick and can
# misbehave; conformance_test.c and device_test.c use the Verilated one.
XRT_FIXTURE     := $(OBJ)/tests/xrt/fixture.o $(OBJ)/tests/sim/resident_scenario.o $(LIBHYPERION_A)
XRT_FAKE_CARD   := $(BUILD)/tests/xrt/libfake-card.a
XRT_FAKE_SERVER := $(BUILD)/tests/xrt/fake-sim-card
XRT_FAKE_XCLBIN := $(BUILD)/tests/xrt/fake.hw_emu.xclbin
XRT_FAKE_HOST   := $(BUILD)/tests/xrt/fake-host
XRT_TESTS       := tests/xrt/backend_test.c tests/xrt/simulator_test.c tests/xrt/liar_test.c tests/xrt/parts_test.c \
                   tests/xrt/presence_test.c

$(eval $(call archive,$(XRT_FAKE_CARD),tests/xrt/fake_card.c))
$(eval $(call hw_emu_program,$(XRT_FAKE_SERVER),$(XRT_FAKE_CARD)))
$(eval $(call program,$(XRT_FAKE_HOST),tests/xrt/fake_host.c host/src/backend/xrt_channel.c))
$(XRT_FAKE_XCLBIN): $(XRT_FAKE_SERVER) $(HYPERION) hw/keccak/kernel.json
	$(call say,PACK,$@)$(HYPERION) bitstream pack --name fake --kernel hw/keccak/kernel.json:2 \
	    --simulator $(XRT_FAKE_SERVER) -o $@

CFLAGS_tests/xrt/server_test.c := -isystem /usr/include/xrt
$(eval $(call c_test,tests/xrt/server_test.c,$(HW_EMU_LIB) $(XRT_FAKE_CARD),-l:libprotobuf-c.a))

CFLAGS_tests/xrt/memory_test.c := -isystem /usr/include/xrt
$(eval $(call c_test,tests/xrt/memory_test.c,$(OBJ)/host/card-host/memory.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

$(eval $(call c_test,tests/xrt/users_test.c,$(OBJ)/host/card-host/users.o $(PCIE_LIB) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/xrt/image_test.c,$(OBJ)/host/card-host/image.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
SANITIZED_TESTS += tests/xrt/users_test.c tests/xrt/image_test.c

ifneq ($(wildcard hw/keccak/rtl/keccak256.sv),)
XRT_TESTS += tests/xrt/conformance_test.c tests/xrt/device_test.c tests/xrt/chaos_test.c
SOAK_TESTS += tests/xrt/chaos_soak.sh
TESTS += tests/xrt/valgrind_test.sh
endif
$(foreach t,$(XRT_TESTS),$(eval $(call c_test,$(t),$(XRT_FIXTURE),$(LIBHYPERION_LDLIBS))))

# Takes as long as a card may take to come up.
XRT_SILENT_TEST := $(BUILD)/tests/xrt/silent_test
$(eval $(call program,$(XRT_SILENT_TEST),tests/xrt/silent_test.c,$(XRT_FIXTURE) $(TEST_SUPPORT),$(LIBHYPERION_LDLIBS) -lcmocka))
SOAK_TESTS += $(XRT_SILENT_TEST)

# What the tests start; under a sanitizer they find that of the plain build, which exists by then.
ifeq ($(SANITIZE),)
$(XRT_TESTS:%.c=$(BUILD)/%) $(XRT_SILENT_TEST): | $(XRT_FAKE_XCLBIN) $(XRT_FAKE_HOST) $(CARD_HOST) $(HW_EMU_BITSTREAM)
endif
SANITIZED_TESTS += tests/xrt/server_test.c tests/xrt/memory_test.c $(XRT_TESTS)
THREAD_TESTS    += $(filter %/backend_test.c %/device_test.c %/chaos_test.c,$(XRT_TESTS))
