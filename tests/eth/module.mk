# RLP, transactions, blocks and tries, with hashes by the portable Keccak.
ETH_TEST_SUPPORT := $(BUILD)/tests/eth/libeth-support.a
$(eval $(call archive,$(ETH_TEST_SUPPORT),tests/eth/support.c host/src/keccak/keccak.c))

ETH_TESTS := $(wildcard tests/eth/*_test.c)
$(foreach test,$(ETH_TESTS),$(eval \
    $(call c_test,$(test),$(ETH_TEST_SUPPORT) $(ETH_LIBRARY),-ljansson -lsecp256k1)))
SANITIZED_TESTS += $(ETH_TESTS)

# Blocks that the tests read beside the mainnet's: one a fork.
MADE_BLOCKS := $(foreach fork,frontier berlin london shanghai cancun prague,$(BUILD)/tests/eth/blocks/$(fork).rlp)
$(MADE_BLOCKS): $(BUILD)/tests/eth/blocks/%.rlp: $(MAKE_BLOCK)
	@mkdir -p $(@D)
	$(call say,BLOCK,$@)$< --fork $* --transactions 18 $@ $(@:.rlp=.expect.json)
$(patsubst %.c,$(BUILD)/%,$(ETH_TESTS)) tests/eth/block_cli_test.sh: | $(MADE_BLOCKS)

# The command over real blocks.
TESTS += tests/eth/block_mainnet_test.py tests/eth/block_cli_test.sh
SANITIZED_SCRIPTS += tests/eth/block_cli_test.sh
