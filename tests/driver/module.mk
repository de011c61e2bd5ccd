# Tests of driver/ and of what it builds.
DRIVER_TEST_SUPPORT := $(BUILD)/tests/driver/libcontainer.a
$(eval $(call archive,$(DRIVER_TEST_SUPPORT),tests/driver/container.c))

$(eval $(call c_test,tests/driver/layout_test.c,$(XCLBIN_LIB)))
$(eval $(call c_test,tests/driver/reader_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS)))
$(eval $(call c_test,tests/driver/pack_test.c,$(DRIVER_TEST_SUPPORT) $(XCLBIN_LIB),$(XCLBIN_LIBS)))
TESTS += tests/driver/bitstream_cli_test.sh
TESTS += tests/driver/vitis_test.py
SANITIZED_TESTS += tests/driver/reader_test.c tests/driver/pack_test.c
