# The CPU backend, through its table of functions and through the public API.
CPU_TESTS := tests/cpu/backend_test.c tests/cpu/ecrecover_test.c tests/cpu/early_results_test.c tests/cpu/matmul_test.c

$(eval $(call c_test,tests/cpu/backend_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/cpu/ecrecover_test.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp -ljansson -lcrypto))
$(eval $(call c_test,tests/cpu/early_results_test.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))
$(eval $(call c_test,tests/cpu/matmul_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

SANITIZED_TESTS += $(CPU_TESTS)
THREAD_TESTS    += $(CPU_TESTS)
