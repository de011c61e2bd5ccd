# Batch recovery: field, points and scalars against GMP, batches against libsecp256k1.
RECOVER_TEST_SUPPORT := $(BUILD)/tests/recover/libsignatures.a
$(eval $(call archive,$(RECOVER_TEST_SUPPORT),tests/recover/signatures.c tests/recover/numbers.c))
RECOVER_TESTS := $(patsubst %,tests/recover/%_test.c,recover prove field field_avx512f field_avx2 scalar scalar_avx2)

$(eval $(call c_test,tests/recover/recover_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),\
    -Wl$(comma)--wrap=aligned_alloc $(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp -ljansson))

$(eval $(call c_test,tests/recover/prove_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))

# These call vector code directly; the field tests include point.c.
define field_test
CFLAGS_tests/recover/$(1).c := $(RECOVER_FLAGS_$(2))
TESTS += $(BUILD)/tests/recover/$(1)
$(call program,$(BUILD)/tests/recover/$(1),tests/recover/$(1).c $(GEN)/recover/$(2)/field.c \
    host/src/recover/inverse.c,$(RECOVER_TEST_SUPPORT),-lsecp256k1 -lgmp -lcmocka)
endef
$(eval $(call field_test,field_test,ifma))
$(eval $(call field_test,field_avx512f_test,avx512f))
$(eval $(call field_test,field_avx2_test,avx2))

CFLAGS_tests/recover/scalar_test.c      := $(RECOVER_FLAGS_ifma)
CFLAGS_tests/recover/scalar_avx2_test.c := $(RECOVER_FLAGS_avx2)
$(foreach t,scalar scalar_avx2,$(eval $(call c_test,tests/recover/$(t)_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),\
    $(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp)))

SANITIZED_TESTS += $(RECOVER_TESTS)
THREAD_TESTS    += tests/recover/recover_test.c
TESTS           += tests/recover/older_cpu_test.sh
SOAK_TESTS      += tests/recover/soak.sh
tests/recover/older_cpu_test.sh tests/recover/soak.sh: $(BUILD)/tests/recover/recover_test
tests/recover/soak.sh: $(BUILD)/tests/recover/prove_test
