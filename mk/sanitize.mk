# The C tests once more under sanitizers, as part of TESTS: build/asan/tests/… with ASan and UBSan for what
# SANITIZED_TESTS lists, build/tsan/tests/… with TSan for THREAD_TESTS. Everything below a test is compiled
# anew, in a build folder of its own and so by a make of its own; only C, no Verilated model.
ifeq ($(SANITIZE),)
ASAN_TESTS := $(SANITIZED_TESTS:%.c=$(BUILD)/asan/%)
TSAN_TESTS := $(THREAD_TESTS:%.c=$(BUILD)/tsan/%)
TESTS += $(ASAN_TESTS) $(TSAN_TESTS)

$(ASAN_TESTS) &: FORCE
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g' $(ASAN_TESTS)
$(TSAN_TESTS) &: FORCE
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g' $(TSAN_TESTS)
endif
