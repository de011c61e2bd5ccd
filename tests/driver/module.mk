# Tests of driver/ and of what it builds.
DRIVER_TEST_SUPPORT := $(BUILD)/tests/driver/libcontainer.a
$(eval $(call archive,$(DRIVER_TEST_SUPPORT),tests/driver/container.c))

$(eval $(call c_test,tests/driver/layout_test.c,$(XCLBIN_LIB)))
$(eval $(call c_test,tests/driver/reader_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS)))
$(eval $(call c_test,tests/driver/memory_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS) \
    -Wl$(comma)--wrap=malloc$(comma)--wrap=calloc$(comma)--wrap=realloc))
$(eval $(call c_test,tests/driver/pack_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS)))
$(eval $(call c_test,tests/driver/seal_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS)))
TESTS += tests/driver/bitstream_cli_test.sh
SANITIZED_SCRIPTS += tests/driver/bitstream_cli_test.sh
TESTS += tests/driver/signature_test.sh
TESTS += tests/driver/vitis_test.py
SANITIZED_TESTS += tests/driver/reader_test.c tests/driver/pack_test.c tests/driver/memory_test.c tests/driver/seal_test.c

# The container that `make` builds, against the card inside it.
$(eval $(call c_test,tests/driver/bitstream_units_test.c,$(XCLBIN_LIB) $(SIM_CARD),$(SIM_CARD_LDLIBS) $(XCLBIN_LIBS)))
$(BUILD)/tests/driver/bitstream_units_test: | $(HW_EMU_BITSTREAM)
