// One row of the array, without its multipliers: keeps 64 factors of its row of A and gives one of them a cycle, and tells the
// row's steps apart. The three steps are those that the row loads its word for, selects a factor for, and multiplies in.
// latency  a_o belongs to the step that was at select_i one cycle ago
module matmul_row (
  input  logic                             clk_i,
  input  logic [matmul_pkg::StepWidth-1:0] load_i,
  input  logic [matmul_pkg::StepWidth-1:0] select_i,
  input  logic [matmul_pkg::StepWidth-1:0] multiply_i,
  input  logic [batch_pkg::BeatWidth-1:0]  word_i,
  output logic [7:0]                       a_o,
  output logic                             single_o,   // of the step at select_i
  // of the step at multiply_i
  output logic                             valid_o,
  output logic [1:0]                       phase_o,    // of the four products of a sum
  output logic                             begin_o,    // the sum is the first of its accumulator
  output logic                             bank_o,
  output logic [2:0]                       context_o
);
  matmul_pkg::step_t load, select, multiply;
  assign load     = load_i;
  assign select   = select_i;
  assign multiply = multiply_i;

  logic [batch_pkg::BeatWidth-1:0] word_q;
  logic [7:0]                      a_q;
  always_ff @(posedge clk_i) begin
    if (load.valid && load.index == '0) begin
      word_q <= word_i;
    end
    a_q <= select.live ? word_q[8*select.index+:8] : 8'd0;  // beyond the inner dimension: zero
  end
  assign a_o       = a_q;
  assign single_o  = select.single;
  assign valid_o   = multiply.valid;
  assign phase_o   = multiply.index[1:0];
  assign begin_o   = multiply.first && multiply.index[5:2] == '0;
  assign bank_o    = multiply.bank;
  assign context_o = multiply.context_index;

  logic unused;
  assign unused = ^{load, select, multiply};
endmodule
