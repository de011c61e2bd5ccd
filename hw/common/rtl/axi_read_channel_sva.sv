// Properties of axi_read_channel, bound to every instance.
`ifndef YOSYS
module axi_read_channel_sva #(
  parameter int unsigned LevelWidth = 9,
  parameter int unsigned Depth      = 256
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  push_i,
  input logic                  push_ready,
  input logic [LevelWidth-1:0] level_q,
  input logic                  burst_valid_q,
  input logic [6:0]            burst_beats_q
);
  // Credit: what was asked for always finds room.
  PushHasRoom: assert property (@(posedge clk_i) disable iff (!rst_ni) push_i |-> push_ready);
  LevelInRange: assert property (@(posedge clk_i) disable iff (!rst_ni) level_q <= LevelWidth'(Depth));
  BurstLength: assert property (@(posedge clk_i) disable iff (!rst_ni)
      burst_valid_q |-> burst_beats_q >= 7'd1 && burst_beats_q <= 7'd64);
endmodule

bind axi_read_channel axi_read_channel_sva #(
  .LevelWidth(LevelWidth),
  .Depth(Depth)
) u_sva (.*);
`endif
