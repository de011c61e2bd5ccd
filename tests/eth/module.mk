# RLP, transactions, blocks and tries, with hashes by the portable Keccak.
ETH_TEST_SUPPORT := $(BUILD)/tests/eth/libeth-support.a
$(eval $(call archive,$(ETH_TEST_SUPPORT),tests/eth/support.c host/src/keccak/keccak.c))

ETH_TESTS := $(wildcard tests/eth/*_test.c)
$(foreach test,$(ETH_TESTS),$(eval $(call c_test,$(test),$(ETH_TEST_SUPPORT) $(ETH_LIBRARY),-ljansson)))

# The command over real blocks.
TESTS += tests/eth/block_mainnet_test.py
