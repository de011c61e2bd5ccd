# Ops on the host: references, checks, slices, builders.
OPS_TESTS := tests/ops/gather_test.c tests/ops/matmul_test.c

$(eval $(call c_test,tests/ops/gather_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/ops/matmul_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

SANITIZED_TESTS += $(OPS_TESTS)
THREAD_TESTS    += $(OPS_TESTS)
