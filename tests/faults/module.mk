# Faults that simulated cards are ordered to have: their text, and what becomes of work under them.
FAULT_TESTS := tests/faults/plan_test.c
$(foreach t,$(FAULT_TESTS),$(eval $(call c_test,$(t),$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS))))
SANITIZED_TESTS += $(FAULT_TESTS)
