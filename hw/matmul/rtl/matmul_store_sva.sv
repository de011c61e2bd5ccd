// Properties of matmul_store, bound to every instance: beats find room on their way out; no more tiles are computed than there are banks.
`ifndef YOSYS
module matmul_store_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       push_q,
  input logic       out_ready,
  input logic [1:0] computed_q
);
  OutHasRoom: assert property (@(posedge clk_i) disable iff (!rst_ni) push_q |-> out_ready);
  TwoBanks: assert property (@(posedge clk_i) disable iff (!rst_ni) computed_q <= 2'd2);
endmodule

bind matmul_store matmul_store_sva u_sva (.*);
`endif
