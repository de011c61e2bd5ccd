# Batch recovery: field, points and scalars against GMP, batches against libsecp256k1.
RECOVER_TEST_SUPPORT := $(BUILD)/tests/recover/libsignatures.a
$(eval $(call archive,$(RECOVER_TEST_SUPPORT),tests/recover/signatures.c tests/recover/numbers.c))
RECOVER_TESTS := tests/recover/recover_test.c tests/recover/field_test.c tests/recover/field_avx512f_test.c \
                 tests/recover/scalar_test.c

$(eval $(call c_test,tests/recover/recover_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),\
    -Wl$(comma)--wrap=aligned_alloc $(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp -ljansson))

# These call vector code directly; the field tests include point_ifma.c.
CFLAGS_tests/recover/field_test.c         := $(RECOVER_IFMA)
CFLAGS_tests/recover/field_avx512f_test.c := $(RECOVER_AVX512F)
CFLAGS_tests/recover/scalar_test.c        := $(RECOVER_IFMA)
TESTS += $(BUILD)/tests/recover/field_test $(BUILD)/tests/recover/field_avx512f_test
$(eval $(call program,$(BUILD)/tests/recover/field_test,tests/recover/field_test.c host/src/recover/field_ifma.c \
    host/src/recover/inverse.c,$(RECOVER_TEST_SUPPORT),-lsecp256k1 -lgmp -lcmocka))
$(eval $(call program,$(BUILD)/tests/recover/field_avx512f_test,tests/recover/field_avx512f_test.c \
    $(GEN)/recover_avx512f/field.c host/src/recover/inverse.c,$(RECOVER_TEST_SUPPORT),-lsecp256k1 -lgmp -lcmocka))
$(eval $(call c_test,tests/recover/scalar_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) \
    -lsecp256k1 -lgmp))

SANITIZED_TESTS += $(RECOVER_TESTS)
THREAD_TESTS    += tests/recover/recover_test.c
TESTS           += tests/recover/older_cpu_test.sh
SOAK_TESTS      += tests/recover/soak.sh
tests/recover/older_cpu_test.sh tests/recover/soak.sh: $(BUILD)/tests/recover/recover_test
