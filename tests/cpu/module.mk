# The CPU backend, through its table of functions.
CPU_TESTS := tests/cpu/backend_test.c

$(foreach t,$(CPU_TESTS),$(eval $(call c_test,$(t),$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))

SANITIZED_TESTS += $(CPU_TESTS)
THREAD_TESTS    += tests/cpu/backend_test.c
