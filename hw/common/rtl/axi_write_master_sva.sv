// Properties of axi_write_master, bound to every instance: it reports each beat that the port takes, once, with the address that
// the memory was told; and these are the beats that were asked for.
`ifndef YOSYS
module axi_write_master_sva (
  input logic                                clk_i,
  input logic                                rst_ni,
  input logic                                clear_i,
  input logic                                done_o,
  input logic                                beat_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] beat_addr_o,
  input logic                                req0_valid_i,
  input logic                                req0_ready_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] req0_addr_i,
  input logic [batch_pkg::LengthWidth-1:0]   req0_beats_i,
  input logic                                req1_valid_i,
  input logic                                req1_ready_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] req1_addr_i,
  input logic [batch_pkg::LengthWidth-1:0]   req1_beats_i,
  input logic                                awvalid_o,
  input logic                                awready_i,
  input logic [63:0]                         awaddr_o,
  input logic                                wvalid_o,
  input logic                                wready_i,
  input logic                                wlast_o
);

  // Where the bursts began whose data is not all written, and how much of the first is.
  localparam int unsigned MaxAhead = 16;  // as axi_master_sva
  localparam int unsigned IndexWidth = $clog2(MaxAhead);
  logic [63:0]           began_q [MaxAhead];
  logic [IndexWidth-1:0] first_q, next_q;
  logic [63:0]           index_q, addr;
  logic                  taken;
  assign taken = wvalid_o && wready_i;
  assign addr  = began_q[first_q] + (index_q << 6);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= '0;
      next_q  <= '0;
      index_q <= '0;
    end else begin
      next_q  <= next_q + IndexWidth'(awvalid_o && awready_i);
      first_q <= first_q + IndexWidth'(taken && wlast_o);
      index_q <= taken ? (wlast_o ? '0 : index_q + 64'd1) : index_q;
    end
    if (awvalid_o && awready_i) begin
      began_q[next_q] <= awaddr_o;
    end
  end

  // Beats that were asked for and are not written.
  logic [63:0] owed_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      owed_q <= '0;
    end else begin
      owed_q <= owed_q +
                books_pkg::entry(req0_valid_i && req0_ready_o, 64'(req0_addr_i), 64'(req0_beats_i)) +
                books_pkg::entry(req1_valid_i && req1_ready_o, 64'(req1_addr_i), 64'(req1_beats_i)) -
                books_pkg::entry(beat_o, 64'(beat_addr_o), 64'd1);
    end
  end

  BeatIsTaken: assert property (@(posedge clk_i) disable iff (!rst_ni) beat_o == taken);
  BeatAddress: assert property (@(posedge clk_i) disable iff (!rst_ni) beat_o |-> {beat_addr_o, 6'd0} == addr);
  WrittenOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) done_o |-> owed_q == '0);
endmodule

bind axi_write_master axi_write_master_sva u_sva (.*);
`endif
