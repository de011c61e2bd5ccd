// Properties of beat_crc, bound to every instance: each beat comes out once, two cycles after it went in. That what comes out is
// its CRC is proven (formal/prove_beat_crc.py).
`ifndef YOSYS
module beat_crc_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic valid_i,
  input logic valid_o
);
  logic [1:0] beats_q;  // that are on their way, the older high
  always_ff @(posedge clk_i) begin
    beats_q <= rst_ni ? {beats_q[0], valid_i} : '0;
  end
  EachBeatOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) valid_o == beats_q[1]);
endmodule

bind beat_crc beat_crc_sva u_sva (.*);
`endif
