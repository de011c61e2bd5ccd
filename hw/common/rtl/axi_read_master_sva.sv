// Properties of axi_read_master, bound to every instance: it reports each beat that the port takes, once, with the address that
// was asked of the memory; and those that count are those of the requests that said so.
`ifndef YOSYS
module axi_read_master_sva #(
  parameter int unsigned Outstanding = 64
) (
  input logic                                clk_i,
  input logic                                rst_ni,
  input logic                                clear_i,
  input logic                                idle_o,
  input logic                                beat_o,
  input logic                                beat_counts_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] beat_addr_o,
  input logic                                req0_valid_i,
  input logic                                req0_ready_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] req0_addr_i,
  input logic [batch_pkg::LengthWidth-1:0]   req0_beats_i,
  input logic                                req0_counts_i,
  input logic                                req1_valid_i,
  input logic                                req1_ready_o,
  input logic [batch_pkg::BeatAddrWidth-1:0] req1_addr_i,
  input logic [batch_pkg::LengthWidth-1:0]   req1_beats_i,
  input logic                                req1_counts_i,
  input logic                                burst0_valid,
  input logic                                burst1_valid,
  input logic                                arvalid_o,
  input logic                                arready_i,
  input logic [63:0]                         araddr_o,
  input logic                                rvalid_i,
  input logic                                rready_o,
  input logic                                rlast_i
);
  localparam int unsigned IndexWidth = $clog2(Outstanding);

  // Where the bursts under way began, as the memory was told, and how much of the first has come.
  logic [63:0]           began_q [Outstanding];
  logic [IndexWidth-1:0] first_q, next_q;
  logic [63:0]           index_q, addr;
  logic                  taken;
  assign taken = rvalid_i && rready_o;
  assign addr  = began_q[first_q] + (index_q << 6);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= '0;
      next_q  <= '0;
      index_q <= '0;
    end else begin
      next_q  <= next_q + IndexWidth'(arvalid_o && arready_i);
      first_q <= first_q + IndexWidth'(taken && rlast_i);
      index_q <= taken ? (rlast_i ? '0 : index_q + 64'd1) : index_q;
    end
    if (arvalid_o && arready_i) begin
      began_q[next_q] <= araddr_o;
    end
  end

  // Beats that are to count and have not come.
  logic [63:0] owed_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      owed_q <= '0;
    end else begin
      owed_q <= owed_q +
                books_pkg::entry(req0_valid_i && req0_ready_o && req0_counts_i, 64'(req0_addr_i), 64'(req0_beats_i)) +
                books_pkg::entry(req1_valid_i && req1_ready_o && req1_counts_i, 64'(req1_addr_i), 64'(req1_beats_i)) -
                books_pkg::entry(beat_o && beat_counts_o, 64'(beat_addr_o), 64'd1);
    end
  end
  logic nothing_asked;
  assign nothing_asked = idle_o && req0_ready_o && req1_ready_o && !burst0_valid && !burst1_valid;

  BeatIsTaken: assert property (@(posedge clk_i) disable iff (!rst_ni) beat_o == taken);
  BeatAddress: assert property (@(posedge clk_i) disable iff (!rst_ni) beat_o |-> {beat_addr_o, 6'd0} == addr);
  CountedOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) nothing_asked |-> owed_q == '0);
endmodule

bind axi_read_master axi_read_master_sva #(
  .Outstanding(Outstanding)
) u_sva (.*);
`endif
