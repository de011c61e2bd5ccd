# Tensors that stay on a card.
$(eval $(call c_test,tests/tensor/residency_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
ifeq ($(SANITIZE),)
$(BUILD)/tests/tensor/residency_test: | $(SIM_MODULE)
endif
THREAD_TESTS += tests/tensor/residency_test.c
