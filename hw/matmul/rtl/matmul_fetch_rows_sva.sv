// Properties of matmul_fetch_rows, bound to every instance: slots of A are given back as they were taken.
`ifndef YOSYS
module matmul_fetch_rows_sva #(
  parameter int unsigned SW     = 6,
  parameter int unsigned ASlots = 64
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [SW:0] free_q
);
  SlotsInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) free_q <= (SW + 1)'(ASlots));
endmodule

bind matmul_fetch_rows matmul_fetch_rows_sva #(
  .SW    (SW),
  .ASlots(ASlots)
) u_sva (.*);
`endif
