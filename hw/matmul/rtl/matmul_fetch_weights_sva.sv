// Properties of matmul_fetch_weights, bound to every instance: banks of parameters and slots of B are given back as they were taken.
`ifndef YOSYS
module matmul_fetch_weights_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic [2:0] free_q,
  input logic [2:0] complete_q,
  input logic [3:0] held_q
);
  BanksInRange: assert property (@(posedge clk_i) disable iff (!rst_ni)
      free_q <= 3'(matmul_pkg::ParameterBanks) && complete_q <= 3'(matmul_pkg::ParameterBanks));
  ChunksInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) held_q <= 4'(matmul_pkg::ChunkSlots));
endmodule

bind matmul_fetch_weights matmul_fetch_weights_sva u_sva (.*);
`endif
