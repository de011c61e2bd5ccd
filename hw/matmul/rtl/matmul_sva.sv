// Properties of matmul, bound to every instance: beats of the weights' port count in the checksum of the input where their request
// says so, when they are taken, with their index in the input buffer. Those of the other port are batch_shell_sva's.
`ifndef YOSYS
module matmul_sva (
  input logic                                clk_i,
  input logic                                rst_ni,
  input logic [batch_pkg::BeatAddrWidth-1:0] input_addr_i,
  input logic                                beat_i,
  input logic                                counts_i,
  input logic [batch_pkg::BeatAddrWidth-1:0] addr_i,
  input logic [batch_pkg::BeatWidth-1:0]     rdata_i,
  // of the checksum
  input logic                                counted_i,
  input logic [batch_pkg::LengthWidth-1:0]   index_i,
  input logic [batch_pkg::BeatWidth-1:0]     data_i
);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  WeightCounts: assert property (@(posedge clk_i) disable iff (!rst_ni) counted_i == (beat_i && counts_i));
  WeightIsThat: assert property (@(posedge clk_i) disable iff (!rst_ni)
      counted_i |-> AW'(index_i) == addr_i - input_addr_i && data_i == rdata_i);
endmodule

bind matmul matmul_sva u_sva (
  .clk_i       (ap_clk),
  .rst_ni      (ap_rst_n),
  .input_addr_i(input_addr_q),
  .beat_i      (weights_beat),
  .counts_i    (weights_beat_counts),
  .addr_i      (weights_beat_addr),
  .rdata_i     (m_axi_weights_rdata),
  .counted_i   (u_shell.gen_other_crc.u_other_crc.valid_i),
  .index_i     (u_shell.gen_other_crc.u_other_crc.index_i),
  .data_i      (u_shell.gen_other_crc.u_other_crc.beat_i)
);
`endif
