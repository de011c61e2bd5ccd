# Checking what a card answered.
VERIFY_TESTS := tests/verify/freivalds_test.c tests/verify/matmul_test.c

$(foreach t,$(VERIFY_TESTS),$(eval $(call c_test,$(t),$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))
SANITIZED_TESTS += $(VERIFY_TESTS)
