// Properties of matmul_group, bound to every instance: the rows of a group hand over one at a time, and find the accumulator written that they add to.
`ifndef YOSYS
module matmul_group_sva #(
  parameter int unsigned AddrWidth = 5
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic [3:0]           valid_i,
  input logic [7:0]           phase_i,
  input logic                 sum_taken,
  input logic [AddrWidth-1:0] sum_addr,
  input logic                 add_q,
  input logic [AddrWidth-1:0] add_addr_q,
  input logic                 write_q,
  input logic [AddrWidth-1:0] write_addr_q
);
  logic [3:0] takes;
  for (genvar row = 0; row < 4; row++) begin : gen_row
    assign takes[row] = valid_i[row] && phase_i[2*row+:2] == 2'd3;
  end
  OneRowHandsOver: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(takes));
  NotBeingAdded: assert property (@(posedge clk_i) disable iff (!rst_ni)
      sum_taken && add_q |-> add_addr_q != sum_addr);
  NotBeingWritten: assert property (@(posedge clk_i) disable iff (!rst_ni)
      sum_taken && write_q |-> write_addr_q != sum_addr);
endmodule

bind matmul_group matmul_group_sva #(
  .AddrWidth(AddrWidth)
) u_sva (
  .clk_i,
  .rst_ni,
  .valid_i,
  .phase_i,
  .sum_taken(take_q[2]),
  .sum_addr,
  .add_q,
  .add_addr_q,
  .write_q,
  .write_addr_q
);
`endif
