// Kernel keccak256: Keccak-256 of a batch of messages (host/include/hyperion/batch.h, hw/README.md).
//
// U round stages, a divisor of 24: U/24 permutations a cycle. README.md gives cycle counts and area.
module keccak256 #(
  parameter int unsigned U = 8
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
  input  logic         m_axi_gmem_rlast
);
  localparam int unsigned DataDepth  = 512;
  localparam int unsigned LevelWidth = $clog2(DataDepth + 1);

  assign m_axi_gmem_awid    = '0;
  assign m_axi_gmem_awsize  = 3'd6;  // 64 bytes
  assign m_axi_gmem_awburst = 2'd1;  // INCR
  assign m_axi_gmem_arid    = '0;
  assign m_axi_gmem_arsize  = 3'd6;
  assign m_axi_gmem_arburst = 2'd1;

  logic                              core_rst_n;
  logic [batch_pkg::CountWidth-1:0]  item_count;
  logic [batch_pkg::OffsetWidth-1:0] data_offset, data_end;
  logic                              descriptor_valid, descriptor_ready, read_valid, read_ready, data_valid, data_ready;
  logic [batch_pkg::BeatWidth-1:0]   descriptor, data;
  logic [5:0]                        read_base;
  logic [batch_pkg::LengthWidth-1:0] read_offset, read_beats;
  logic [LevelWidth-1:0]             data_level;
  logic                              status_valid, status_ready, result_valid, result_ready, busy;
  logic [7:0]                        status, slot_used, operations;
  logic [batch_pkg::WordWidth-1:0]   result;
  logic [31:0]                       unused_flags;

  // What the shell offers to kernels that place their results or have more ports.
  logic [batch_pkg::LengthWidth-1:0] unused_results;
  logic [255:0]                      unused_args;
  logic                              unused_place_ready, unused_beat_ready, unused_stop, unused_clear;

  batch_shell #(
    .Op                 (keccak256_regs_pkg::KernelOp),
    .KernelId           (keccak256_regs_pkg::KernelId),
    .KernelVersion      (keccak256_regs_pkg::KernelVersion),
    .KnownFlags         (32'd0),
    .DescriptorBytesLog2(4),
    .DataDepth          (DataDepth)
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
    .item_count_o           (item_count),
    .data_offset_o          (data_offset),
    .data_end_o             (data_end),
    .result_words_log2_i    (2'd0),
    .descriptor_valid_o     (descriptor_valid),
    .descriptor_ready_i     (descriptor_ready),
    .descriptor_o           (descriptor),
    .read_base_o            (read_base),
    .read_valid_i           (read_valid),
    .read_ready_o           (read_ready),
    .read_offset_i          (read_offset),
    .read_beats_i           (read_beats),
    .read_counts_i          (1'b1),
    .data_valid_o           (data_valid),
    .data_ready_i           (data_ready),
    .data_o                 (data),
    .data_level_o           (data_level),
    .status_valid_i         (status_valid),
    .status_ready_o         (status_ready),
    .status_i               (status),
    .result_valid_i         (result_valid),
    .result_ready_o         (result_ready),
    .result_i               (result),
    .results_o              (unused_results),
    .place_valid_i          (1'b0),
    .place_ready_o          (unused_place_ready),
    .place_offset_i         ('0),
    .place_beats_i          ('0),
    .beat_valid_i           (1'b0),
    .beat_ready_o           (unused_beat_ready),
    .beat_i                 ('0),
    .slot_used_i            (slot_used),
    .operations_i           (16'(operations)),
    .busy_i                 (busy),
    .args_o                 (unused_args),
    .stop_o                 (unused_stop),
    .clear_o                (unused_clear),
    .other_idle_i           (1'b1),
    .other_error_i          (1'b0),
    .other_read_i           (1'b0),
    .other_counts_i         (1'b0),
    .other_beat_i           ('0),
    .other_addr_i           ('0)
  );

  keccak_core #(
    .Stages    (U),
    .LevelWidth(LevelWidth)
  ) u_core (
    .clk_i             (ap_clk),
    .rst_ni            (core_rst_n),
    .item_count_i      (item_count),
    .data_offset_i     (data_offset),
    .data_end_i        (data_end),
    .descriptor_valid_i(descriptor_valid),
    .descriptor_ready_o(descriptor_ready),
    .descriptor_i      (descriptor),
    .read_base_i       (read_base),
    .read_valid_o      (read_valid),
    .read_ready_i      (read_ready),
    .read_offset_o     (read_offset),
    .read_beats_o      (read_beats),
    .data_valid_i      (data_valid),
    .data_ready_o      (data_ready),
    .data_i            (data),
    .data_level_i      (data_level),
    .status_valid_o    (status_valid),
    .status_ready_i    (status_ready),
    .status_o          (status),
    .result_valid_o    (result_valid),
    .result_ready_i    (result_ready),
    .result_o          (result),
    .slot_used_o       (slot_used),
    .operations_o      (operations),
    .busy_o            (busy)
  );

  logic unused_ids;
  assign unused_ids = ^{m_axi_gmem_bid, m_axi_gmem_rid};
endmodule
