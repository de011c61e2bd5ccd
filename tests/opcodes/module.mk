# The opcodes and the programs that are made of them.
OPCODE_TESTS := tests/opcodes/functions_test.c tests/opcodes/program_test.c tests/opcodes/kernels_test.c tests/opcodes/product_test.c \
                tests/opcodes/onnx_test.c

$(eval $(call c_test,tests/opcodes/functions_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lm))
$(eval $(call c_test,tests/opcodes/program_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -lm))
$(eval $(call c_test,tests/opcodes/kernels_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/opcodes/product_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))
$(eval $(call c_test,tests/opcodes/onnx_test.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

SANITIZED_TESTS += $(OPCODE_TESTS)
