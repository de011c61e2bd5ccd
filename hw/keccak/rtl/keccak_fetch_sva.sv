// Properties of keccak_fetch, bound to every instance.
`ifndef YOSYS
module keccak_fetch_sva (
  input logic                              clk_i,
  input logic                              rst_ni,
  input logic                              read_valid_o,
  input logic [batch_pkg::LengthWidth-1:0] read_offset_o,
  input logic [batch_pkg::LengthWidth-1:0] read_beats_o,
  input logic [batch_pkg::OffsetWidth-1:0] data_offset_i,
  input logic [batch_pkg::OffsetWidth-1:0] data_end_i
);
  localparam int unsigned OW = batch_pkg::OffsetWidth;
  logic [OW:0] first, past;  // bytes that are read, and one beat less than their end
  assign first = (OW + 1)'({read_offset_o, 6'd0});
  assign past  = first + (OW + 1)'({read_beats_o, 6'd0}) - (OW + 1)'(64);
  // Whatever the descriptors say, only beats of the data section are read.
  ReadNotEmpty: assert property (@(posedge clk_i) disable iff (!rst_ni) read_valid_o |-> read_beats_o != '0);
  ReadInside: assert property (@(posedge clk_i) disable iff (!rst_ni)
      read_valid_o |-> first >= (OW + 1)'(data_offset_i) && past < (OW + 1)'(data_end_i));
endmodule

bind keccak_fetch keccak_fetch_sva u_sva (.*);
`endif
