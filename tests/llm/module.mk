# Language models: the tokenizer, model files and their import, and whole models against fp32.
LLM_TEST_SUPPORT := $(BUILD)/tests/llm/libllm-support.a
$(eval $(call archive,$(LLM_TEST_SUPPORT),tests/llm/tiny.c tests/llm/float_model.c tests/llm/integer_model.c))
LLM_TEST_LIBS := $(LLM_TEST_SUPPORT) $(LLM_LIBRARY) $(LIBHYPERION_A)

LLM_TESTS := $(wildcard tests/llm/*_test.c)
$(foreach test,$(LLM_TESTS),$(eval $(call c_test,$(test),$(LLM_TEST_LIBS),$(LIBHYPERION_LDLIBS) -lm)))
SANITIZED_TESTS += $(LLM_TESTS)

# The commands.
TESTS += tests/llm/model_cli_test.sh tests/llm/llm_cli_test.sh tests/llm/no_float_test.py
SANITIZED_SCRIPTS += tests/llm/model_cli_test.sh
TESTS += tests/llm/llm_cards_test.sh
SOAK_TESTS += tests/llm/llm_cards_soak.sh
$(eval $(call program,$(BUILD)/tests/llm/make_tiny,tests/llm/make_tiny.c,$(LLM_TEST_LIBS) $(TEST_SUPPORT),$(LIBHYPERION_LDLIBS) -lm -lcmocka))
tests/llm/llm_cards_test.sh: | $(BUILD)/tests/llm/make_tiny
