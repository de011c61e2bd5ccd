// Properties of matmul_sequence, bound to every instance: passes end on whole sums; chunks and banks are counted right.
`ifndef YOSYS
module matmul_sequence_sva #(
  parameter int unsigned SW     = 6,
  parameter int unsigned ASlots = 64
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        finish,
  input logic [1:0]  phase,
  input logic [SW:0] a_ready_q,
  input logic [3:0]  b_ready_q,
  input logic [1:0]  banks_q
);
  WholeSums: assert property (@(posedge clk_i) disable iff (!rst_ni) finish |-> phase == 2'd3);
  AInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) a_ready_q <= (SW + 1)'(ASlots));
  BInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) b_ready_q <= 4'(matmul_pkg::ChunkSlots));
  BanksInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) banks_q <= 2'd2);
endmodule

bind matmul_sequence matmul_sequence_sva #(
  .SW    (SW),
  .ASlots(ASlots)
) u_sva (
  .clk_i,
  .rst_ni,
  .finish,
  .phase(index_q[1:0]),
  .a_ready_q,
  .b_ready_q,
  .banks_q
);
`endif
