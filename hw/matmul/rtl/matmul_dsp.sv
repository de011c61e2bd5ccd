// Two products of int8 a cycle in one DSP48E2: (high · 2^18 + low) · a in its pre-adder and multiplier, added up in its
// accumulator. After at most 7 products the low field still holds its sum: 7 · 2^14 < 2^17 (matmul_pkg::Sums is 4).
// The sums are taken apart by matmul_pkg::low_sum and high_sum.
//
// latency     3 cycles from a_i and b_i to sum_o; first_i comes 2 cycles after the factors that it belongs to
// throughput  one step a cycle
module matmul_dsp (
  input  logic                            clk_i,
  input  logic                            first_i,  // a sum begins
  input  logic [7:0]                      a_i,
  input  logic [15:0]                     b_i,      // high, low
  output logic [matmul_pkg::SumWidth-1:0] sum_o
);
  localparam int unsigned FW = matmul_pkg::FieldWidth;
  localparam int unsigned SW = matmul_pkg::SumWidth;

  logic signed [7:0]      a_q;
  logic signed [FW+8:0]   packed_q;   // 27 bits
  logic signed [SW-2:0]   product_q;
  logic signed [SW-1:0]   sum_q;
  always_ff @(posedge clk_i) begin
    a_q       <= $signed(a_i);
    packed_q  <= (FW + 9)'($signed({b_i[15:8], FW'(0)})) + (FW + 9)'($signed(b_i[7:0]));
    product_q <= packed_q * a_q;
    sum_q     <= SW'(product_q) + (first_i ? '0 : sum_q);
  end
  assign sum_o = sum_q;
endmodule
