# Modules that every kernel may use, in compile order.
HW_COMMON_SOURCES := $(addprefix hw/common/rtl/,batch_pkg.sv sync_fifo.sv reorder_buffer.sv axil_control.sv \
    axi_read_channel.sv axi_read_master.sv axi_write_channel.sv axi_write_master.sv read_coalescer.sv \
    batch_header_check.sv result_packer.sv status_packer.sv beat_crc.sv batch_shell.sv \
    books_pkg.sv sync_fifo_sva.sv reorder_buffer_sva.sv read_coalescer_sva.sv axi_read_channel_sva.sv axi_read_master_sva.sv \
    axi_write_master_sva.sv beat_crc_sva.sv axi_master_sva.sv batch_shell_sva.sv)

# Proofs about the RTL (hw/README.md); `make prove`.
.PHONY: prove prove-beat-crc
prove: prove-beat-crc
prove-beat-crc:
	@hw/common/formal/prove_beat_crc.py
