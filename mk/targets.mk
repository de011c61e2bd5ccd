# What people call.
.PHONY: all deps run test soak lint format bench bench-rtl install clean help

all: $(LIBRARIES) $(PROGRAMS)

deps:
	@scripts/deps.sh

# Dependencies come first, in a make of their own: what follows may need them while it is read.
test: deps
	@$(MAKE) --no-print-directory test-built
test-built: all $(TESTS)
	@BUILD=$(BUILD) tests/run.py $(TESTS)
soak: deps
	@$(MAKE) --no-print-directory soak-built
soak-built: all $(TESTS) $(SOAK_TESTS)
	@BUILD=$(BUILD) tests/run.py --timeout 14400 $(TESTS) $(SOAK_TESTS)
.PHONY: test-built soak-built

clean:
	rm -rf $(BUILD)
