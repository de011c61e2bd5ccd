# The public API, and the engine below it against a scripted card.
API_TEST_LIBS := $(LIBHYPERION_A)
API_TESTS := tests/api/context_test.c tests/api/queue_test.c tests/api/keccak_batch_test.c \
             tests/api/engine_test.c tests/api/threads_test.c tests/api/crc32c_test.c tests/api/input_crc_test.c \
             tests/api/patience_test.c tests/api/pending_test.c

$(foreach t,$(API_TESTS),$(eval $(call c_test,$(t),$(if $(findstring engine,$(t)),$(OBJ)/tests/api/scripted_backend.o) $(API_TEST_LIBS),$(LIBHYPERION_LDLIBS))))
SANITIZED_TESTS += $(API_TESTS)

# This one makes signatures.
$(eval $(call c_test,tests/api/check_keys_test.c,$(BUILD)/tests/recover/libsignatures.a $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lsecp256k1 -lgmp))
SANITIZED_TESTS += tests/api/check_keys_test.c
THREAD_TESTS    += tests/api/threads_test.c tests/api/engine_test.c tests/api/queue_test.c \
                   tests/api/patience_test.c tests/api/pending_test.c
TESTS += tests/api/cli_test.sh tests/api/recover_cli_test.py
SANITIZED_SCRIPTS += tests/api/cli_test.sh
