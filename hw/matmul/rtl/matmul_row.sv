// Feeds one row of the array with A: keeps 64 steps of its row and gives one of them a cycle.
// latency  load_i, then select (index_i, live_i) one cycle later, then a_o one cycle later
module matmul_row (
  input  logic                            clk_i,
  input  logic                            load_i,
  input  logic [batch_pkg::BeatWidth-1:0] word_i,
  input  logic [5:0]                      index_i,
  input  logic                            live_i,   // else zero
  output logic [7:0]                      a_o
);
  logic [batch_pkg::BeatWidth-1:0] word_q;
  logic [7:0]                      a_q;
  always_ff @(posedge clk_i) begin
    if (load_i) begin
      word_q <= word_i;
    end
    a_q <= live_i ? word_q[8*index_i+:8] : 8'd0;
  end
  assign a_o = a_q;
endmodule
