# What a node does with the ops: RLP, transactions, blocks, tries. Pure C; hashing is the caller's.
ETH_LIBRARY := $(LIB)/libhyp-eth.a
LIBRARIES += $(ETH_LIBRARY)
$(eval $(call archive,$(ETH_LIBRARY),$(wildcard host/eth/*.c)))
CLI_ARCHIVES += $(ETH_LIBRARY)

# The block that `make run` checks, made here and the same each time; not installed.
MAKE_BLOCK := $(BUILD)/tools/make-block
$(eval $(call program,$(MAKE_BLOCK),tools/make_block.c host/src/keccak/keccak.c,$(ETH_LIBRARY),-lsecp256k1))

EXAMPLE_BLOCK := $(BUILD)/run/block.rlp

$(EXAMPLE_BLOCK): $(MAKE_BLOCK)
	@mkdir -p $(@D)
	$(call say,BLOCK,$@)$< $@ $(@:.rlp=.expect.json)
