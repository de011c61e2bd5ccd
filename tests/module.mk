# Tests mirror the tree. A C test is one program a source file:
#   $(eval $(call c_test,tests/eth/rlp_test.c,ARCHIVES,LDLIBS))
# adds build/tests/eth/rlp_test to TESTS; a shell or Python test is added to TESTS by its path.

TEST_SUPPORT := $(BUILD)/tests/support/libsupport.a
$(eval $(call archive,$(TEST_SUPPORT),$(wildcard tests/support/*.c)))

define c_test
TESTS += $(BUILD)/$(1:.c=)
$(call program,$(BUILD)/$(1:.c=),$(1),$(2) $(TEST_SUPPORT),$(3) -lcmocka)
endef

include $(wildcard tests/*/module.mk)
