// Properties of skid_buffer, bound to every instance.
`ifndef YOSYS
module skid_buffer_sva #(
  parameter int unsigned Width = 8
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_o,
  input logic             ready_i,
  input logic [Width-1:0] data_o,
  input logic             valid_q,
  input logic             spare_valid_q
);
  Stable: assert property (@(posedge clk_i) disable iff (!rst_ni) valid_o && !ready_i |=> valid_o && $stable(data_o));
  SpareIsSecond: assert property (@(posedge clk_i) disable iff (!rst_ni) spare_valid_q |-> valid_q);
endmodule

bind skid_buffer skid_buffer_sva #(
  .Width(Width)
) u_sva (.*);
`endif
