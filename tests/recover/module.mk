# Batch recovery: field and scalars against GMP, batches against libsecp256k1.
RECOVER_TEST_SUPPORT := $(BUILD)/tests/recover/libsignatures.a
$(eval $(call archive,$(RECOVER_TEST_SUPPORT),tests/recover/signatures.c))

$(eval $(call c_test,tests/recover/recover_test.c,$(RECOVER_TEST_SUPPORT) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp -ljansson))
