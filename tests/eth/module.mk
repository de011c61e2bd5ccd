# RLP, transactions, blocks and tries, with hashes by the portable Keccak; device_test through the command's parts.
ETH_TEST_SUPPORT := $(BUILD)/tests/eth/libeth-support.a
$(eval $(call archive,$(ETH_TEST_SUPPORT),tests/eth/support.c))
ETH_TEST_LIBS    := $(ETH_TEST_SUPPORT) $(ETH_LIBRARY) $(LIBHYPERION_A)
ETH_TEST_LDLIBS  := -ljansson -lsecp256k1 $(LIBHYPERION_LDLIBS)

ETH_TESTS := $(wildcard tests/eth/*_test.c)
$(foreach test,$(filter-out %/device_test.c,$(ETH_TESTS)),$(eval $(call c_test,$(test),$(ETH_TEST_LIBS),$(ETH_TEST_LDLIBS))))
$(eval $(call c_test,tests/eth/device_test.c,$(call objects,$(filter-out host/cli/main.c,$(CLI_SOURCES))) \
    $(filter-out $(ETH_LIBRARY),$(CLI_ARCHIVES)) $(ETH_TEST_LIBS),$(ETH_TEST_LDLIBS) $(CLI_LDLIBS)))
SANITIZED_TESTS += $(ETH_TESTS)

# Blocks that the tests read beside the mainnet's: one a fork.
MADE_BLOCKS := $(foreach fork,frontier berlin london shanghai cancun prague,$(BUILD)/tests/eth/blocks/$(fork).rlp)
$(MADE_BLOCKS): $(BUILD)/tests/eth/blocks/%.rlp: $(MAKE_BLOCK)
	@mkdir -p $(@D)
	$(call say,BLOCK,$@)$< --fork $* --transactions 18 $@ $(@:.rlp=.expect.json)
$(patsubst %.c,$(BUILD)/%,$(ETH_TESTS)) tests/eth/block_cli_test.sh: | $(MADE_BLOCKS)

# The command over real blocks.
TESTS += tests/eth/block_mainnet_test.py tests/eth/card_senders_test.py tests/eth/block_cli_test.sh
SOAK_TESTS += tests/eth/card_senders_soak.sh
SANITIZED_SCRIPTS += tests/eth/block_cli_test.sh
