# Checking what a card answered.
VERIFY_TESTS := tests/verify/freivalds_test.c tests/verify/matmul_test.c tests/verify/strict_test.c

$(foreach t,$(VERIFY_TESTS),$(eval $(call c_test,$(t),$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))
SANITIZED_TESTS += $(VERIFY_TESTS)

# This one makes signatures.
$(eval $(call c_test,tests/verify/recover_test.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))
SANITIZED_TESTS += tests/verify/recover_test.c
