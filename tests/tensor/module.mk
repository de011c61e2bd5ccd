# Tensors that stay on a card.
$(eval $(call c_test,tests/tensor/residency_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
ifeq ($(SANITIZE),)
$(BUILD)/tests/tensor/residency_test: | $(SIM_MODULE)
endif
# Under TSan; not under ASan, which finds that Verilated models never give back their names.
THREAD_TESTS += tests/tensor/residency_test.c
TESTS += tests/tensor/residency_cards_test.sh
tests/tensor/residency_cards_test.sh: | $(BUILD)/tests/tensor/residency_test
