# Keccak-256 on the CPU.
KECCAK_TEST_SUPPORT := $(BUILD)/tests/keccak/libkeccak-support.a
KECCAK_TESTS        := tests/keccak/digest_test.c tests/keccak/variants_test.c

$(eval $(call archive,$(KECCAK_TEST_SUPPORT),tests/keccak/vectors.c))
$(foreach t,$(KECCAK_TESTS),$(eval $(call c_test,$(t),$(KECCAK_TEST_SUPPORT) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))

SANITIZED_TESTS += $(KECCAK_TESTS)
