// Properties of keccak_engine, bound to every instance.
`ifndef YOSYS
module keccak_engine_sva #(
  parameter int unsigned PtrWidth = 9
) (
  input logic              clk_i,
  input logic              rst_ni,
  input logic              circulate,
  input logic              extend,
  input logic              park,
  input logic              finish,
  input logic              unpark,
  input logic              start,
  input logic              fetch,
  input logic              parked_q,
  input logic              open_q,
  input logic [PtrWidth:0] fetch_ptr,
  input logic [PtrWidth:0] head_ptr_q,
  input logic [PtrWidth:0] write_ptr_q
);
  logic [PtrWidth:0] age;  // of the block that is fetched, counted from the oldest in the buffer
  assign age = fetch_ptr - head_ptr_q;
  OneFate: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0({circulate, extend, park, finish}));
  OneEntry: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0({circulate, extend, park, unpark, start}));
  FetchIsWritten: assert property (@(posedge clk_i) disable iff (!rst_ni) fetch |-> age < write_ptr_q - head_ptr_q);
  // Only a message that is not there entirely can find its next block missing, and there is at most one such.
  ParkOnlyOpen: assert property (@(posedge clk_i) disable iff (!rst_ni) park |-> open_q && !parked_q);
  StartIsClosed: assert property (@(posedge clk_i) disable iff (!rst_ni) start |-> !open_q);
endmodule

bind keccak_engine keccak_engine_sva #(
  .PtrWidth(PtrWidth)
) u_sva (.*);
`endif
