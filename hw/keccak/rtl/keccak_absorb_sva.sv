// Properties of keccak_absorb, bound to every instance.
`ifndef YOSYS
module keccak_absorb_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       step2,
  input logic [1:0] op_need_q,
  input logic [1:0] op_release_q,
  input logic [1:0] beats_q,
  input logic [4:0] end_lane,
  input logic       block_valid_o,
  input logic       block_ready_i
);
  // A block gives back no beat that is not there, and none of which something is still needed.
  ReleaseIsThere: assert property (@(posedge clk_i) disable iff (!rst_ni) step2 |-> op_release_q <= beats_q);
  NeedFits: assert property (@(posedge clk_i) disable iff (!rst_ni) end_lane <= 5'd24);
  NeedIsThere: assert property (@(posedge clk_i) disable iff (!rst_ni) step2 |-> op_need_q <= beats_q);
  BlockStable: assert property (@(posedge clk_i) disable iff (!rst_ni) block_valid_o && !block_ready_i |=> block_valid_o);
endmodule

bind keccak_absorb keccak_absorb_sva u_sva (.*);
`endif
