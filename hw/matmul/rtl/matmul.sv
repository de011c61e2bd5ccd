// Kernel matmul: int8 matrix products of a batch (host/include/hyperion/batch.h, hw/README.md). README.md gives cycle counts and
// area.
//
// Rows, Columns: size of the array. RowTiles: blocks of Rows rows that share one pass over B. ABeats: beats of A held on the chip.
module matmul #(
  parameter int unsigned Rows     = 16,
  parameter int unsigned Columns  = 16,
  parameter int unsigned RowTiles = 1,
  parameter int unsigned ABeats   = 1024
) (
  input  logic         ap_clk,
  input  logic         ap_rst_n,
  output logic         interrupt,

  input  logic         s_axi_control_awvalid,
  output logic         s_axi_control_awready,
  input  logic [11:0]  s_axi_control_awaddr,
  input  logic         s_axi_control_wvalid,
  output logic         s_axi_control_wready,
  input  logic [31:0]  s_axi_control_wdata,
  input  logic [3:0]   s_axi_control_wstrb,
  output logic         s_axi_control_bvalid,
  input  logic         s_axi_control_bready,
  output logic [1:0]   s_axi_control_bresp,
  input  logic         s_axi_control_arvalid,
  output logic         s_axi_control_arready,
  input  logic [11:0]  s_axi_control_araddr,
  output logic         s_axi_control_rvalid,
  input  logic         s_axi_control_rready,
  output logic [31:0]  s_axi_control_rdata,
  output logic [1:0]   s_axi_control_rresp,

  output logic         m_axi_gmem_awvalid,
  input  logic         m_axi_gmem_awready,
  output logic [0:0]   m_axi_gmem_awid,
  output logic [63:0]  m_axi_gmem_awaddr,
  output logic [7:0]   m_axi_gmem_awlen,
  output logic [2:0]   m_axi_gmem_awsize,
  output logic [1:0]   m_axi_gmem_awburst,
  output logic         m_axi_gmem_wvalid,
  input  logic         m_axi_gmem_wready,
  output logic [511:0] m_axi_gmem_wdata,
  output logic [63:0]  m_axi_gmem_wstrb,
  output logic         m_axi_gmem_wlast,
  input  logic         m_axi_gmem_bvalid,
  output logic         m_axi_gmem_bready,
  input  logic [0:0]   m_axi_gmem_bid,
  input  logic [1:0]   m_axi_gmem_bresp,
  output logic         m_axi_gmem_arvalid,
  input  logic         m_axi_gmem_arready,
  output logic [0:0]   m_axi_gmem_arid,
  output logic [63:0]  m_axi_gmem_araddr,
  output logic [7:0]   m_axi_gmem_arlen,
  output logic [2:0]   m_axi_gmem_arsize,
  output logic [1:0]   m_axi_gmem_arburst,
  input  logic         m_axi_gmem_rvalid,
  output logic         m_axi_gmem_rready,
  input  logic [0:0]   m_axi_gmem_rid,
  input  logic [511:0] m_axi_gmem_rdata,
  input  logic [1:0]   m_axi_gmem_rresp,
  input  logic         m_axi_gmem_rlast,

  output logic         m_axi_weights_awvalid,
  input  logic         m_axi_weights_awready,
  output logic [0:0]   m_axi_weights_awid,
  output logic [63:0]  m_axi_weights_awaddr,
  output logic [7:0]   m_axi_weights_awlen,
  output logic [2:0]   m_axi_weights_awsize,
  output logic [1:0]   m_axi_weights_awburst,
  output logic         m_axi_weights_wvalid,
  input  logic         m_axi_weights_wready,
  output logic [511:0] m_axi_weights_wdata,
  output logic [63:0]  m_axi_weights_wstrb,
  output logic         m_axi_weights_wlast,
  input  logic         m_axi_weights_bvalid,
  output logic         m_axi_weights_bready,
  input  logic [0:0]   m_axi_weights_bid,
  input  logic [1:0]   m_axi_weights_bresp,
  output logic         m_axi_weights_arvalid,
  input  logic         m_axi_weights_arready,
  output logic [0:0]   m_axi_weights_arid,
  output logic [63:0]  m_axi_weights_araddr,
  output logic [7:0]   m_axi_weights_arlen,
  output logic [2:0]   m_axi_weights_arsize,
  output logic [1:0]   m_axi_weights_arburst,
  input  logic         m_axi_weights_rvalid,
  output logic         m_axi_weights_rready,
  input  logic [0:0]   m_axi_weights_rid,
  input  logic [511:0] m_axi_weights_rdata,
  input  logic [1:0]   m_axi_weights_rresp,
  input  logic         m_axi_weights_rlast
);
  assign m_axi_gmem_awid    = '0;
  assign m_axi_gmem_awsize  = 3'd6;  // 64 bytes
  assign m_axi_gmem_awburst = 2'd1;  // INCR
  assign m_axi_gmem_arid    = '0;
  assign m_axi_gmem_arsize  = 3'd6;
  assign m_axi_gmem_arburst = 2'd1;

  // B and its parameters are only read.
  assign m_axi_weights_awvalid = 1'b0;
  assign m_axi_weights_awid    = '0;
  assign m_axi_weights_awaddr  = '0;
  assign m_axi_weights_awlen   = '0;
  assign m_axi_weights_awsize  = 3'd6;
  assign m_axi_weights_awburst = 2'd1;
  assign m_axi_weights_wvalid  = 1'b0;
  assign m_axi_weights_wdata   = '0;
  assign m_axi_weights_wstrb   = '0;
  assign m_axi_weights_wlast   = 1'b0;
  assign m_axi_weights_bready  = 1'b1;
  assign m_axi_weights_arid    = '0;
  assign m_axi_weights_arsize  = 3'd6;
  assign m_axi_weights_arburst = 2'd1;

  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned DataDepth = 512;
  localparam int unsigned NumArgs = matmul_regs_pkg::NumArgs;

  logic                              core_rst_n;
  logic [64*NumArgs-1:0]             args;
  logic [batch_pkg::OffsetWidth-1:0] data_offset, data_end;
  logic [LW-1:0]                     results;
  logic                              descriptor_valid, descriptor_ready, read_valid, read_ready, data_valid, data_ready;
  logic [batch_pkg::BeatWidth-1:0]   descriptor, data, beat;
  logic [LW-1:0]                     read_offset, read_beats, write_offset, write_beats;
  logic                              write_valid, write_ready, beat_valid, beat_ready, status_valid, status_ready;
  logic [7:0]                        status;
  logic                              step, busy, stop, clear, weights_idle, weights_error, weights_beat;
  logic                              read_counts, weights_count, weights_beat_counts;
  logic [batch_pkg::BeatAddrWidth-1:0] weights_beat_addr;
  logic [15:0]                       products;

  // What the shell offers, and this kernel has no use for.
  logic [31:0]                       unused_flags;
  logic [batch_pkg::CountWidth-1:0]  unused_item_count;
  logic [5:0]                        unused_read_base;
  logic [$clog2(DataDepth+1)-1:0]    unused_data_level;
  logic                              unused_result_ready;

  batch_shell #(
    .Op                 (matmul_regs_pkg::KernelOp),
    .KernelId           (matmul_regs_pkg::KernelId),
    .KernelVersion      (matmul_regs_pkg::KernelVersion),
    .KnownFlags         (32'd0),
    .DescriptorBytesLog2(6),
    .DescriptorDepth    (64),
    .DataDepth          (DataDepth),
    .NumArgs            (NumArgs),
    .PlacedResults      (1'b1),
    .OtherReads         (1'b1)
  ) u_shell (
    .clk_i                  (ap_clk),
    .rst_ni                 (ap_rst_n),
    .interrupt_o            (interrupt),
    .s_axi_control_awvalid_i(s_axi_control_awvalid),
    .s_axi_control_awready_o(s_axi_control_awready),
    .s_axi_control_awaddr_i (s_axi_control_awaddr),
    .s_axi_control_wvalid_i (s_axi_control_wvalid),
    .s_axi_control_wready_o (s_axi_control_wready),
    .s_axi_control_wdata_i  (s_axi_control_wdata),
    .s_axi_control_wstrb_i  (s_axi_control_wstrb),
    .s_axi_control_bvalid_o (s_axi_control_bvalid),
    .s_axi_control_bready_i (s_axi_control_bready),
    .s_axi_control_bresp_o  (s_axi_control_bresp),
    .s_axi_control_arvalid_i(s_axi_control_arvalid),
    .s_axi_control_arready_o(s_axi_control_arready),
    .s_axi_control_araddr_i (s_axi_control_araddr),
    .s_axi_control_rvalid_o (s_axi_control_rvalid),
    .s_axi_control_rready_i (s_axi_control_rready),
    .s_axi_control_rdata_o  (s_axi_control_rdata),
    .s_axi_control_rresp_o  (s_axi_control_rresp),
    .m_axi_awvalid_o        (m_axi_gmem_awvalid),
    .m_axi_awready_i        (m_axi_gmem_awready),
    .m_axi_awaddr_o         (m_axi_gmem_awaddr),
    .m_axi_awlen_o          (m_axi_gmem_awlen),
    .m_axi_wvalid_o         (m_axi_gmem_wvalid),
    .m_axi_wready_i         (m_axi_gmem_wready),
    .m_axi_wdata_o          (m_axi_gmem_wdata),
    .m_axi_wstrb_o          (m_axi_gmem_wstrb),
    .m_axi_wlast_o          (m_axi_gmem_wlast),
    .m_axi_bvalid_i         (m_axi_gmem_bvalid),
    .m_axi_bready_o         (m_axi_gmem_bready),
    .m_axi_bresp_i          (m_axi_gmem_bresp),
    .m_axi_arvalid_o        (m_axi_gmem_arvalid),
    .m_axi_arready_i        (m_axi_gmem_arready),
    .m_axi_araddr_o         (m_axi_gmem_araddr),
    .m_axi_arlen_o          (m_axi_gmem_arlen),
    .m_axi_rvalid_i         (m_axi_gmem_rvalid),
    .m_axi_rready_o         (m_axi_gmem_rready),
    .m_axi_rdata_i          (m_axi_gmem_rdata),
    .m_axi_rresp_i          (m_axi_gmem_rresp),
    .m_axi_rlast_i          (m_axi_gmem_rlast),
    .core_rst_no            (core_rst_n),
    .flags_o                (unused_flags),
    .item_count_o           (unused_item_count),
    .data_offset_o          (data_offset),
    .data_end_o             (data_end),
    .result_words_log2_i    (2'd0),
    .descriptor_valid_o     (descriptor_valid),
    .descriptor_ready_i     (descriptor_ready),
    .descriptor_o           (descriptor),
    .read_base_o            (unused_read_base),
    .read_valid_i           (read_valid),
    .read_ready_o           (read_ready),
    .read_offset_i          (read_offset),
    .read_beats_i           (read_beats),
    .read_counts_i          (read_counts),
    .data_valid_o           (data_valid),
    .data_ready_i           (data_ready),
    .data_o                 (data),
    .data_level_o           (unused_data_level),
    .status_valid_i         (status_valid),
    .status_ready_o         (status_ready),
    .status_i               (status),
    .result_valid_i         (1'b0),
    .result_ready_o         (unused_result_ready),
    .result_i               ('0),
    .results_o              (results),
    .place_valid_i          (write_valid),
    .place_ready_o          (write_ready),
    .place_offset_i         (write_offset),
    .place_beats_i          (write_beats),
    .beat_valid_i           (beat_valid),
    .beat_ready_o           (beat_ready),
    .beat_i                 (beat),
    .slot_used_i            ({7'd0, step}),
    .operations_i           (products),
    .busy_i                 (busy),
    .args_o                 (args),
    .stop_o                 (stop),
    .clear_o                (clear),
    .other_idle_i           (weights_idle),
    .other_error_i          (weights_error),
    .other_read_i           (weights_beat),
    .other_counts_i         (weights_beat_counts),
    .other_beat_i           (m_axi_weights_rdata),
    .other_addr_i           (weights_beat_addr)
  );

  // Addresses of this run. An arena that is not aligned is none.
  logic [AW-1:0] input_addr_q, resident_addr_q, resident_beats_q;
  always_ff @(posedge ap_clk) begin
    if (!core_rst_n) begin
      input_addr_q     <= args[63:6];
      resident_addr_q  <= args[319:262];
      resident_beats_q <= args[261:256] == '0 ? args[383:326] : '0;
    end
  end

  logic          b_read_valid, b_read_ready, b_valid, b_ready;
  logic          parameter_read_valid, parameter_read_ready, parameter_valid, parameter_ready;
  logic [AW-1:0] b_read_addr, parameter_read_addr;
  logic [LW-1:0] b_read_beats, parameter_read_beats;
  logic [batch_pkg::BeatWidth-1:0] b, parameter_beat;
  logic [6:0]    unused_parameter_level;
  logic [9:0]    unused_b_level;
  axi_read_master #(
    .Depth0(64),
    .Depth1(512)
  ) u_weights (
    .clk_i        (ap_clk),
    .rst_ni       (ap_rst_n),
    .stop_i       (stop),
    .clear_i      (clear),
    .idle_o       (weights_idle),
    .error_o      (weights_error),
    .beat_o       (weights_beat),
    .beat_counts_o(weights_beat_counts),
    .beat_addr_o  (weights_beat_addr),
    .req0_valid_i (parameter_read_valid),
    .req0_ready_o (parameter_read_ready),
    .req0_addr_i  (parameter_read_addr),
    .req0_beats_i (parameter_read_beats),
    .req0_counts_i(weights_count),
    .data0_valid_o(parameter_valid),
    .data0_ready_i(parameter_ready),
    .data0_o      (parameter_beat),
    .level0_o     (unused_parameter_level),
    .req1_valid_i (b_read_valid),
    .req1_ready_o (b_read_ready),
    .req1_addr_i  (b_read_addr),
    .req1_beats_i (b_read_beats),
    .req1_counts_i(weights_count),
    .data1_valid_o(b_valid),
    .data1_ready_i(b_ready),
    .data1_o      (b),
    .level1_o     (unused_b_level),
    .arvalid_o    (m_axi_weights_arvalid),
    .arready_i    (m_axi_weights_arready),
    .araddr_o     (m_axi_weights_araddr),
    .arlen_o      (m_axi_weights_arlen),
    .rvalid_i     (m_axi_weights_rvalid),
    .rready_o     (m_axi_weights_rready),
    .rdata_i      (m_axi_weights_rdata),
    .rresp_i      (m_axi_weights_rresp),
    .rlast_i      (m_axi_weights_rlast)
  );

  matmul_core #(
    .Rows    (Rows),
    .Columns (Columns),
    .RowTiles(RowTiles),
    .ABeats  (ABeats)
  ) u_core (
    .clk_i                 (ap_clk),
    .rst_ni                (core_rst_n),
    .input_addr_i          (input_addr_q),
    .resident_addr_i       (resident_addr_q),
    .resident_beats_i      (resident_beats_q),
    .data_begin_i          (data_offset[batch_pkg::OffsetWidth-1:6]),
    .data_end_i            (data_end[batch_pkg::OffsetWidth-1:6]),
    .results_i             (results),
    .descriptor_valid_i    (descriptor_valid),
    .descriptor_ready_o    (descriptor_ready),
    .descriptor_i          (descriptor),
    .read_valid_o          (read_valid),
    .read_ready_i          (read_ready),
    .read_offset_o         (read_offset),
    .read_beats_o          (read_beats),
    .read_counts_o         (read_counts),
    .weights_count_o       (weights_count),
    .data_valid_i          (data_valid),
    .data_ready_o          (data_ready),
    .data_i                (data),
    .b_read_valid_o        (b_read_valid),
    .b_read_ready_i        (b_read_ready),
    .b_read_addr_o         (b_read_addr),
    .b_read_beats_o        (b_read_beats),
    .b_valid_i             (b_valid),
    .b_ready_o             (b_ready),
    .b_i                   (b),
    .parameter_read_valid_o(parameter_read_valid),
    .parameter_read_ready_i(parameter_read_ready),
    .parameter_read_addr_o (parameter_read_addr),
    .parameter_read_beats_o(parameter_read_beats),
    .parameter_valid_i     (parameter_valid),
    .parameter_ready_o     (parameter_ready),
    .parameter_i           (parameter_beat),
    .write_valid_o         (write_valid),
    .write_ready_i         (write_ready),
    .write_offset_o        (write_offset),
    .write_beats_o         (write_beats),
    .beat_valid_o          (beat_valid),
    .beat_ready_i          (beat_ready),
    .beat_o                (beat),
    .status_valid_o        (status_valid),
    .status_ready_i        (status_ready),
    .status_o              (status),
    .step_o                (step),
    .products_o            (products),
    .busy_o                (busy)
  );

  logic unused;
  assign unused = ^{m_axi_gmem_bid, m_axi_gmem_rid, m_axi_weights_rid, m_axi_weights_bid, m_axi_weights_bresp,
                    m_axi_weights_bvalid, m_axi_weights_awready, m_axi_weights_wready, data_offset[5:0], data_end[5:0],
                    args, unused_flags, unused_item_count, unused_read_base, unused_data_level, unused_result_ready,
                    unused_parameter_level, unused_b_level};
endmodule
