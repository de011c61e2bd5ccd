// What is done to one sum before it leaves: add a bias and an earlier sum, multiply by the channel's multiplier, add half, shift
// right arithmetically, saturate. Sums are two's complement mod 2^32; the product has 63 bits and nothing of it is lost:
// |sum · multiplier| ≤ 2^31 · (2^31 - 1), and half is at most 2^62.
//
// width_i is valid with the sum and says what comes out: 0 the int32 sum itself, 1 int8, 2 int16 (in the low bits, the others zero).
// latency     6 cycles
// throughput  one a cycle
module matmul_requant (
  input  logic        clk_i,
  input  logic [31:0] sum_i,
  input  logic [31:0] bias_i,
  input  logic [31:0] accumulate_i,
  input  logic [30:0] multiplier_i,
  input  logic [5:0]  shift_i,
  input  logic [1:0]  width_i,
  output logic [31:0] value_o
);
  logic [31:0]        sum_1q, accumulate_1q, sum_2q, sum_3q, sum_4q, sum_5q;
  logic [30:0]        multiplier_1q, multiplier_2q;
  logic [5:0]         shift_1q, shift_2q, shift_3q, shift_4q;
  logic [1:0]         width_1q, width_2q, width_3q, width_4q, width_5q;
  logic signed [62:0] product_3q;
  logic signed [63:0] rounded_4q, shifted_5q, half;
  assign half = shift_3q == '0 ? 64'sd0 : 64'sd1 <<< (shift_3q - 6'd1);

  logic signed [63:0] shifted_high;
  assign shifted_high = rounded_4q >>> shift_4q;

  // Whether all bits from the sign of the result upwards are equal.
  logic fits8, fits16;
  assign fits8  = shifted_5q[63:7] == '0 || shifted_5q[63:7] == '1;
  assign fits16 = shifted_5q[63:15] == '0 || shifted_5q[63:15] == '1;

  logic [31:0] value_q;
  always_ff @(posedge clk_i) begin
    sum_1q        <= sum_i + bias_i;
    accumulate_1q <= accumulate_i;
    multiplier_1q <= multiplier_i;
    shift_1q      <= shift_i;
    width_1q      <= width_i;

    sum_2q        <= sum_1q + accumulate_1q;
    multiplier_2q <= multiplier_1q;
    shift_2q      <= shift_1q;
    width_2q      <= width_1q;

    product_3q    <= 63'($signed(sum_2q)) * 63'($signed({1'b0, multiplier_2q}));
    sum_3q        <= sum_2q;
    shift_3q      <= shift_2q;
    width_3q      <= width_2q;

    rounded_4q    <= 64'(product_3q) + half;
    sum_4q        <= sum_3q;
    shift_4q      <= shift_3q;
    width_4q      <= width_3q;

    shifted_5q    <= shifted_high;
    sum_5q        <= sum_4q;
    width_5q      <= width_4q;

    case (width_5q)
      2'd1:    value_q <= {24'd0, fits8 ? shifted_5q[7:0] : shifted_5q[63] ? 8'h80 : 8'h7f};
      2'd2:    value_q <= {16'd0, fits16 ? shifted_5q[15:0] : shifted_5q[63] ? 16'h8000 : 16'h7fff};
      default: value_q <= sum_5q;
    endcase
  end
  assign value_o = value_q;
endmodule
