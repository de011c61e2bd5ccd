# Tests once more under sanitizers, as part of TESTS, under names that show it:
#   build/asan/tests/…   ASan and UBSan: the tests of SANITIZED_TESTS; and the scripts of SANITIZED_SCRIPTS, which
#                        drive a command that was built so, and to which a leak is a wrong exit code
#   build/tsan/tests/…   TSan: the tests of THREAD_TESTS
# Everything below a test is compiled anew, in a build folder of its own and so by a make of its own; a Verilated model is
# not instrumented.
ifeq ($(SANITIZE),)
ASAN_BUILD   := $(BUILD)/asan
TSAN_BUILD   := $(BUILD)/tsan
ASAN_TESTS   := $(addprefix $(ASAN_BUILD)/,$(basename $(SANITIZED_TESTS)))
TSAN_TESTS   := $(addprefix $(TSAN_BUILD)/,$(basename $(THREAD_TESTS)))
ASAN_SCRIPTS := $(SANITIZED_SCRIPTS:%=$(ASAN_BUILD)/%)
TESTS += $(ASAN_TESTS) $(ASAN_SCRIPTS) $(TSAN_TESTS)

# $(1) goals, $(2) sanitizers, $(3) build folder. What a script needs is a prerequisite of the script, a goal too.
define sanitized_make
+@$(MAKE) -s --no-print-directory BUILD=$(3) SANITIZE=$(2) CFLAGS='-O1 -g' CXXFLAGS='-O1 -g' $(1)
endef

$(ASAN_TESTS) $(ASAN_BUILD)/bin/hyperion &: FORCE
	$(call sanitized_make,$(ASAN_TESTS) $(ASAN_BUILD)/bin/hyperion $(SANITIZED_SCRIPTS),address$(comma)undefined,$(ASAN_BUILD))
$(TSAN_TESTS) &: FORCE
	$(call sanitized_make,$(TSAN_TESTS),thread,$(TSAN_BUILD))
$(ASAN_SCRIPTS): $(ASAN_BUILD)/%: mk/sanitize.mk | $(ASAN_BUILD)/bin/hyperion
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nBUILD=%s exec %s\n' $(ASAN_BUILD) $* > $@
	@chmod +x $@
endif
