include mk/sanitize.mk

# What people call.
.PHONY: all deps run test soak lint format bench clean help

all: $(LIBRARIES) $(PROGRAMS)

deps:
	@scripts/deps.sh

# Dependencies come first, in a make of their own: what follows may need them while it is read. It uses every
# processor, unless -j on the command line says otherwise.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
run: deps
	@$(MAKE) $(JOBS) --no-print-directory run-built
test: deps
	@$(MAKE) $(JOBS) --no-print-directory test-built
soak: deps
	@$(MAKE) $(JOBS) --no-print-directory soak-built
# What is measured runs alone.
bench: deps
	@$(MAKE) $(JOBS) --no-print-directory all
	@$(MAKE) -j1 --no-print-directory bench-built
.PHONY: run-built test-programs test-built soak-built bench-built

# The main job on the simulated card behind the real XRT: over a block that the project makes itself, or BLOCK=FILE.
run-built: all $(if $(BLOCK),,$(EXAMPLE_BLOCK))
	$(HYPERION) block --device xrt:0 $(or $(BLOCK),$(EXAMPLE_BLOCK))

test-programs: all $(TESTS)
test-built: test-programs
	@BUILD=$(BUILD) tests/run.py $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(TESTS))
soak-built: all $(TESTS) $(SOAK_TESTS)
	@BUILD=$(BUILD) tests/run.py --timeout 14400 $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(TESTS)) $(SOAK_TESTS)
bench-built: all $(BENCHES)

include mk/lint.mk
include mk/install.mk

clean:
	rm -rf $(BUILD)

help:
	@cat mk/help.txt
