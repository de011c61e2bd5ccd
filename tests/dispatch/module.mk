# Device sets: the pure parts alone, and sets of cards that fail as scripted.
DISPATCH_TESTS := tests/dispatch/health_test.c tests/dispatch/plan_test.c tests/dispatch/set_test.c tests/dispatch/chaos_test.c \
                  tests/dispatch/stats_test.c tests/dispatch/feeding_test.c tests/dispatch/join_test.c

$(foreach t,$(DISPATCH_TESTS),$(eval $(call c_test,$(t),$(OBJ)/tests/api/scripted_backend.o $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lm)))
SANITIZED_TESTS += $(DISPATCH_TESTS)
THREAD_TESTS    += tests/dispatch/set_test.c tests/dispatch/chaos_test.c tests/dispatch/stats_test.c tests/dispatch/feeding_test.c tests/dispatch/join_test.c

# Drive the set's own code: some functions of the library are the tests', and win.
DRIVING_TESTS := tests/dispatch/lifecycle_test.c tests/dispatch/schedule_test.c

$(foreach t,$(DRIVING_TESTS),$(eval $(call c_test,$(t),$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -Wl$(comma)--allow-multiple-definition)))
SANITIZED_TESTS += $(DRIVING_TESTS)
SOAK_TESTS += tests/dispatch/soak.sh
LONG_TESTS += $(BUILD)/tests/dispatch/chaos_test
