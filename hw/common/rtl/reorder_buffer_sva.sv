// Properties of reorder_buffer, bound to every instance.
`ifndef YOSYS
module reorder_buffer_sva #(
  parameter int unsigned TagWidth = 4
) (
  input logic                   clk_i,
  input logic                   rst_ni,
  input logic                   alloc_i,
  input logic                   alloc_ready_o,
  input logic                   write_i,
  input logic [TagWidth-1:0]    write_tag_i,
  input logic [2**TagWidth-1:0] done_q,
  input logic [TagWidth:0]      alloc_ptr_q,
  input logic [TagWidth:0]      read_ptr_q
);
  logic [TagWidth-1:0] age;  // of the tag that is written, counted from the oldest
  assign age = write_tag_i - read_ptr_q[TagWidth-1:0];
  AllocHasRoom: assert property (@(posedge clk_i) disable iff (!rst_ni) alloc_i |-> alloc_ready_o);
  WriteIsAllocated: assert property (@(posedge clk_i) disable iff (!rst_ni)
      write_i |-> (TagWidth + 1)'(age) < alloc_ptr_q - read_ptr_q);
  WriteOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) write_i |-> !done_q[write_tag_i]);
endmodule

bind reorder_buffer reorder_buffer_sva #(
  .TagWidth(TagWidth)
) u_sva (.*);
`endif
