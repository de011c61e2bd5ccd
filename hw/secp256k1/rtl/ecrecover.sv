// Kernel ecrecover: public keys and addresses of a batch of secp256k1 signatures (host/include/hyperion/batch.h,
// hw/README.md). One barrel core; README.md gives cycle counts and area.
module ecrecover #(
  parameter int unsigned KaratsubaLevels = 2
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
  assign m_axi_gmem_awid    = '0;
  assign m_axi_gmem_awsize  = 3'd6;  // 64 bytes
  assign m_axi_gmem_awburst = 2'd1;  // INCR
  assign m_axi_gmem_arid    = '0;
  assign m_axi_gmem_arsize  = 3'd6;
  assign m_axi_gmem_arburst = 2'd1;

  localparam logic [31:0] FlagLowS        = 32'd1;
  localparam logic [31:0] FlagAddressOnly = 32'd2;
  localparam int unsigned DataDepth       = 64;  // the data section is not read

  logic                              core_rst_n;
  logic [31:0]                       flags;
  logic [batch_pkg::CountWidth-1:0]  item_count;
  logic                              address_only, low_s;
  logic                              descriptor_valid, descriptor_ready;
  logic [batch_pkg::BeatWidth-1:0]   descriptor;
  logic                              status_valid, status_ready, result_valid, result_ready;
  logic [7:0]                        status;
  logic [batch_pkg::WordWidth-1:0]   result;
  logic                              product, busy, item_taken;
  assign low_s        = (flags & FlagLowS) != '0;
  assign address_only = (flags & FlagAddressOnly) != '0;

  // What the shell offers for a data section, and this kernel has no use for.
  logic [batch_pkg::OffsetWidth-1:0] unused_data_offset, unused_data_end;
  logic [5:0]                        unused_read_base;
  logic                              unused_read_ready, unused_data_valid;
  logic [batch_pkg::BeatWidth-1:0]   unused_data;
  logic [$clog2(DataDepth+1)-1:0]    unused_data_level;

  // What the shell offers to kernels that place their results or have more ports.
  logic [batch_pkg::LengthWidth-1:0] unused_results;
  logic [255:0]                      unused_args;
  logic                              unused_place_ready, unused_beat_ready, unused_stop, unused_clear;

  batch_shell #(
    .Op                 (ecrecover_regs_pkg::KernelOp),
    .KernelId           (ecrecover_regs_pkg::KernelId),
    .KernelVersion      (ecrecover_regs_pkg::KernelVersion),
    .KnownFlags         (FlagLowS | FlagAddressOnly),
    .DescriptorBytesLog2(7),
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
    .flags_o                (flags),
    .item_count_o           (item_count),
    .data_offset_o          (unused_data_offset),
    .data_end_o             (unused_data_end),
    .result_words_log2_i    (address_only ? 2'd0 : 2'd2),
    .descriptor_valid_o     (descriptor_valid),
    .descriptor_ready_i     (descriptor_ready),
    .descriptor_o           (descriptor),
    .read_base_o            (unused_read_base),
    .read_valid_i           (1'b0),
    .read_ready_o           (unused_read_ready),
    .read_offset_i          ('0),
    .read_beats_i           ('0),
    .read_counts_i          (1'b0),
    .data_valid_o           (unused_data_valid),
    .data_ready_i           (1'b0),
    .data_o                 (unused_data),
    .data_level_o           (unused_data_level),
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
    .slot_used_i            ({7'd0, product}),
    .operations_i           ({15'd0, item_taken}),
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

  logic         item_valid, item_ready, item_last, item_odd;
  logic [2:0]   item_status;
  logic [255:0] item_x, item_r, item_s, item_z;
  assign item_taken = item_valid && item_ready;
  secp256k1_check u_check (
    .clk_i        (ap_clk),
    .rst_ni       (core_rst_n),
    .low_s_i      (low_s),
    .item_count_i (item_count),
    .beat_valid_i (descriptor_valid),
    .beat_ready_o (descriptor_ready),
    .beat_i       (descriptor),
    .item_valid_o (item_valid),
    .item_ready_i (item_ready),
    .item_last_o  (item_last),
    .item_status_o(item_status),
    .item_odd_o   (item_odd),
    .item_x_o     (item_x),
    .item_r_o     (item_r),
    .item_s_o     (item_s),
    .item_z_o     (item_z)
  );

  logic         key_valid, key_ready, unused_slot;
  logic [2:0]   key_status;
  logic [255:0] key_x, key_y;
  secp256k1_core #(
    .KaratsubaLevels(KaratsubaLevels)
  ) u_core (
    .clk_i       (ap_clk),
    .rst_ni      (core_rst_n),
    .in_valid_i  (item_valid),
    .in_ready_o  (item_ready),
    .in_last_i   (item_last),
    .in_status_i (item_status),
    .in_odd_i    (item_odd),
    .in_x_i      (item_x),
    .in_r_i      (item_r),
    .in_s_i      (item_s),
    .in_z_i      (item_z),
    .out_valid_o (key_valid),
    .out_ready_i (key_ready),
    .out_status_o(key_status),
    .out_x_o     (key_x),
    .out_y_o     (key_y),
    .busy_o      (busy),
    .slot_o      (unused_slot),
    .product_o   (product)
  );

  ecrecover_store u_store (
    .clk_i         (ap_clk),
    .rst_ni        (core_rst_n),
    .address_only_i(address_only),
    .key_valid_i   (key_valid),
    .key_ready_o   (key_ready),
    .key_status_i  (key_status),
    .key_x_i       (key_x),
    .key_y_i       (key_y),
    .status_valid_o(status_valid),
    .status_ready_i(status_ready),
    .status_o      (status),
    .result_valid_o(result_valid),
    .result_ready_i(result_ready),
    .result_o      (result)
  );

  logic unused;
  assign unused = ^{m_axi_gmem_bid, m_axi_gmem_rid, unused_slot, unused_data_offset, unused_data_end, unused_read_base,
                    unused_read_ready, unused_data_valid, unused_data, unused_data_level};
endmodule
