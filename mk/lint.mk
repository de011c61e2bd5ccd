# Everything that reads code without running it.
.PHONY: lint lint-format lint-clang lint-tidy lint-shell lint-man format

C_FILES   := $(shell git ls-files '*.c' '*.h' 2>/dev/null)
CXX_FILES := $(shell git ls-files '*.cpp' 2>/dev/null)
SHELL_FILES := $(shell git ls-files '*.sh' '*.bash-completion' .ci/run 2>/dev/null)

format:
	clang-format -i $(C_FILES) $(CXX_FILES)

lint: lint-format lint-clang lint-tidy lint-shell lint-man

lint-format:
	clang-format --dry-run -Werror $(C_FILES) $(CXX_FILES)

# The whole host with the other compiler, where every warning is an error too.
lint-clang: $(GENERATED)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang CXX=clang++ lint-clang-built
lint-clang-built: $(LIBHYPERION_A) $(LINT_CLANG)
.PHONY: lint-clang-built

# One stamp a file, so that only what changed is read again. Some files ask gcc to schedule, which clang does anyway.
TIDY_FILES := $(filter host/%.c driver/%.c sim/%.c,$(C_FILES)) $(filter sim/%.cpp,$(CXX_FILES))
lint-tidy: $(TIDY_FILES:%=$(BUILD)/tidy/%.ok)
$(BUILD)/tidy/%.ok: % .clang-tidy | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,TIDY,$<)clang-tidy --quiet $< -- $(if $(filter %.cpp,$<),-std=c++17,-std=c17) $(CPPFLAGS) \
	    $(filter-out -fsched%,$(CFLAGS_$<)) $(CXXFLAGS_$<) >$@.log 2>&1 || \
	    { cat $@.log; exit 1; }
	@touch $@

lint-shell:
	shellcheck -x $(SHELL_FILES)

lint-man:
	mandoc -Tlint -Wwarning docs/man/*
