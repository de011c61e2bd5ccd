// Properties of sync_fifo, bound to every instance.
`ifndef YOSYS
module sync_fifo_sva #(
  parameter int unsigned LevelWidth = 5,
  parameter int unsigned Depth      = 16
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  valid_o,
  input logic                  ready_i,
  input logic [LevelWidth-1:0] level_q,
  input logic [LevelWidth-1:0] stored_q
);
  LevelInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) level_q <= LevelWidth'(Depth));
  LevelIsStored: assert property (@(posedge clk_i) disable iff (!rst_ni) level_q == stored_q + LevelWidth'(valid_o));
  ValidStable: assert property (@(posedge clk_i) disable iff (!rst_ni) valid_o && !ready_i |=> valid_o);
endmodule

bind sync_fifo sync_fifo_sva #(
  .LevelWidth(LevelWidth),
  .Depth(Depth)
) u_sva (.*);
`endif
