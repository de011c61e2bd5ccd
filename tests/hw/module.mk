# Tests of the kernels' RTL, from single modules to whole kernels. A bench is a C++ main that prints TAP; models are
# made and linked as sim/module.mk says.
TESTS += tests/hw/kernelgen_test.sh tests/hw/parameters_test.sh tests/hw/beat_crc_proof_test.sh

# $(1) test, $(2) further sources, $(3) names of the Verilated models it includes
define hw_test
TESTS += $(BUILD)/$(1:.cpp=)
$(call uses_verilated,$(1),$(3))
$(call program,$(BUILD)/$(1:.cpp=),$(1) $(2),$(foreach m,$(3),$(call verilated_object,$(m))) $(SIM_CARD) $(LIBHYPERION_A),$(SIM_CARD_LDLIBS) $(LIBHYPERION_LDLIBS))
endef

# Modules, each with the parameters that its bench counts on.
$(eval $(call verilated,sync_fifo,sync_fifo,$(HW_COMMON_SOURCES),-GWidth=32 -GDepth=16))
$(eval $(call verilated,reorder_buffer,reorder_buffer,$(HW_COMMON_SOURCES),-GWidth=32 -GDepth=16))
$(eval $(call verilated,result_packer,result_packer,$(HW_COMMON_SOURCES),))
$(eval $(call verilated,status_packer,status_packer,$(HW_COMMON_SOURCES),))
$(eval $(call verilated,read_coalescer,read_coalescer,$(HW_COMMON_SOURCES),))
$(eval $(call hw_test,tests/hw/streams_test.cpp,,sync_fifo reorder_buffer result_packer status_packer read_coalescer))

$(eval $(call verilated,beat_crc,beat_crc,$(HW_COMMON_SOURCES),))
$(eval $(call hw_test,tests/hw/beat_crc_test.cpp,,beat_crc))

$(eval $(call verilated,axil_control,axil_control,$(HW_COMMON_SOURCES),-GKernelId=0x68790001 -GKernelVersion=0x00010203))
$(eval $(call hw_test,tests/hw/control_test.cpp,,axil_control))

$(eval $(call verilated,keccak_ring,keccak_ring,$(KECCAK256_SOURCES),-GStages=8 -GPassWidth=2))
$(eval $(call verilated,keccak_ring_u24,keccak_ring,$(KECCAK256_SOURCES),-GStages=24 -GPassWidth=1))
$(eval $(call hw_test,tests/hw/keccak_ring_test.cpp,,keccak_ring keccak_ring_u24))

$(eval $(call verilated,keccak_engine,keccak_engine,$(KECCAK256_SOURCES),-GStages=3 -GBufferBlocks=8 -GReorderDepth=4))
$(eval $(call hw_test,tests/hw/keccak_engine_test.cpp,,keccak_engine))

$(eval $(call verilated,axi_read_master,axi_read_master,$(HW_COMMON_SOURCES),-GDepth0=64 -GDepth1=256))
$(eval $(call verilated,axi_write_master,axi_write_master,$(HW_COMMON_SOURCES),))
$(eval $(call hw_test,tests/hw/masters_test.cpp,,axi_read_master axi_write_master))

$(eval $(call verilated,axi_master_sva,axi_master_sva,$(HW_COMMON_SOURCES),))
$(eval $(call verilated,axi_read_channel,axi_read_channel,$(HW_COMMON_SOURCES),-GDepth=64))
$(foreach m,axi_read_master_sva axi_write_master_sva read_coalescer_sva beat_crc_sva batch_shell_sva,\
    $(eval $(call verilated,$(m),$(m),$(HW_COMMON_SOURCES),)))
$(eval $(call verilated,matmul_core_sva,matmul_core_sva,$(MATMUL_SOURCES),))
$(eval $(call hw_test,tests/hw/assertions_test.cpp,,axi_master_sva axi_read_channel reorder_buffer \
    axi_read_master_sva axi_write_master_sva read_coalescer_sva beat_crc_sva batch_shell_sva matmul_core_sva))

# Whole kernels. The card's own model has 8 round stages.
KECCAK_BENCH := tests/hw/batch_card.cpp tests/hw/keccak_batch.cpp
$(eval $(call verilated,keccak256_u24,keccak256,$(KECCAK256_SOURCES),-GU=24))
$(eval $(call hw_test,tests/hw/keccak256_test.cpp,$(KECCAK_BENCH),keccak256 keccak256_u24))

include $(wildcard tests/hw/*/module.mk)
SOAK_TESTS += tests/hw/keccak256_soak.sh
