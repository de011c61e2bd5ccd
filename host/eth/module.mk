# What a node does with the ops: RLP, transactions, blocks, tries. Pure C; hashing is the caller's.
ETH_LIBRARY := $(LIB)/libhyp-eth.a
LIBRARIES += $(ETH_LIBRARY)
$(eval $(call archive,$(ETH_LIBRARY),$(wildcard host/eth/*.c)))
CLI_ARCHIVES += $(ETH_LIBRARY)
