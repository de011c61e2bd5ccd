# Containers that XRT loads. The kernels of the hw_emu one are those of the simulated card, in the order in which it
# numbers their units; tests/driver/bitstream_units_test compares the two.
BITSTREAM_PLATFORM ?= xilinx_u250_gen3x16_xdma_4_1_202210_1
HW_EMU_BITSTREAM   := $(BUILD)/bitstreams/hyperion.hw_emu.xclbin
BITSTREAM_KERNELS  := $(SIM_KERNELS)

bitstream_descriptions = $(foreach k,$(BITSTREAM_KERNELS),$(firstword $(subst :, ,$(k))))

# Other units or another platform make another container; other units also another card.
$(OBJ)/sim/kernels.o: $(BUILD)/bitstreams/contents
$(BUILD)/bitstreams/contents: FORCE
	@mkdir -p $(@D)
	@echo '$(BITSTREAM_KERNELS) $(BITSTREAM_PLATFORM)' | cmp -s - $@ || \
	    echo '$(BITSTREAM_KERNELS) $(BITSTREAM_PLATFORM)' > $@

# The card's program goes in without its symbols, which are most of its size and hold paths, and without the build
# id, which is a hash over them: so that the bytes do not depend on the folder that it was built in.
$(HW_EMU_BITSTREAM): $(HYPERION) $(SIM_CARD_PROGRAM) $(bitstream_descriptions) $(BUILD)/bitstreams/contents
	$(call say,PACK,$@)strip -R .note.gnu.build-id -o $(@D)/hyperion-sim-card \
	    $(SIM_CARD_PROGRAM) && \
	    $(HYPERION) bitstream pack $(addprefix --kernel ,$(BITSTREAM_KERNELS)) \
	    --simulator $(@D)/hyperion-sim-card --platform $(BITSTREAM_PLATFORM) -o $@

PROGRAMS += $(HW_EMU_BITSTREAM)

# For a card: scripts for Vivado and v++, from the same kernel.json (bitstreams/README.md).
#   make hw-scripts                          writes them to $(BUILD)/bitstreams/hw
#   make hw-bitstream HW_PLATFORM=FILE.xpfm  runs them where Vitis is installed
HW_KERNELS  ?= $(BITSTREAM_KERNELS)
HW_PLATFORM ?=
HW_MEMORY   ?= DDR[0]
HW_DIR      := $(BUILD)/bitstreams/hw
upper = $(shell echo '$(1)' | tr 'a-z' 'A-Z')
# Without the assertions, which are bound to the modules and no part of them.
hw_sources  = $(filter-out %_sva.sv,$($(call upper,$(1))_SOURCES))

.PHONY: hw-scripts hw-bitstream
hw-scripts: $(foreach k,$(KERNELS),$(call hw_sources,$(k)))
	$(PYTHON) bitstreams/hw/vitis.py --memory '$(HW_MEMORY)' $(addprefix --kernel ,$(HW_KERNELS)) \
	    $(foreach k,$(KERNELS),$(addprefix --source $(k)=,$(call hw_sources,$(k)))) \
	    -o $(HW_DIR)
hw-bitstream: hw-scripts $(HYPERION)
	@[ -n '$(HW_PLATFORM)' ] || { echo 'HW_PLATFORM=FILE.xpfm must name the platform' >&2; exit 2; }
	@command -v v++ >/dev/null || { echo 'v++ is not installed: source Vitis settings64.sh first' >&2; exit 2; }
	$(HW_DIR)/build.sh '$(HW_PLATFORM)'
	$(HYPERION) bitstream seal $(addprefix --kernel ,$(HW_KERNELS)) $(HW_DIR)/linked.xclbin -o $(HW_DIR)/hyperion.hw.xclbin
