// Properties of read_coalescer, bound to every instance: what goes out is what came in, each beat once.
`ifndef YOSYS
module read_coalescer_sva (
  input logic                              clk_i,
  input logic                              rst_ni,
  input logic                              valid_i,
  input logic                              ready_o,
  input logic [batch_pkg::LengthWidth-1:0] offset_i,
  input logic [batch_pkg::LengthWidth-1:0] beats_i,
  input logic                              valid_o,
  input logic                              ready_i,
  input logic [batch_pkg::LengthWidth-1:0] offset_o,
  input logic [batch_pkg::LengthWidth-1:0] beats_o,
  input logic [batch_pkg::LengthWidth-1:0] beats_q
);
  logic [63:0] held_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q <= '0;
    end else begin
      held_q <= held_q + books_pkg::entry(valid_i && ready_o, 64'(offset_i), 64'(beats_i)) -
                books_pkg::entry(valid_o && ready_i, 64'(offset_o), 64'(beats_o));
    end
  end
  EachBeatOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) beats_q == '0 |-> held_q == '0);
endmodule

bind read_coalescer read_coalescer_sva u_sva (.*);
`endif
