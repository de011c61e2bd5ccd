# Keccak-256 on the CPU.
KECCAK_TEST_SUPPORT := $(BUILD)/tests/keccak/libvectors.a
$(eval $(call archive,$(KECCAK_TEST_SUPPORT),tests/keccak/vectors.c))

TESTS += $(BUILD)/tests/keccak/digest_test
$(eval $(call program,$(BUILD)/tests/keccak/digest_test,tests/keccak/digest_test.c \
    host/src/keccak/keccak.c,$(KECCAK_TEST_SUPPORT) $(TEST_SUPPORT),-lcmocka))
