// Properties of matmul_core, bound to every instance: the array never adds to the bank that is being read.
`ifndef YOSYS
module matmul_core_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic stepping,
  input logic step_bank,
  input logic reading,
  input logic read_bank
);
  BanksApart: assert property (@(posedge clk_i) disable iff (!rst_ni) stepping && reading |-> step_bank != read_bank);
endmodule

bind matmul_core matmul_core_sva u_sva (
  .clk_i,
  .rst_ni,
  .stepping (step.valid),
  .step_bank(step.bank),
  .reading  (u_store.step && u_store.tile_q.work && !u_store.tile_q.empty),
  .read_bank(read_bank)
);
`endif
