// The multiplier's operands: x = a + (b, -b or -3b), y = c + (d or -d), with multiples of p that keep them positive.
//   latency     2 cycles
module secp256k1_factors (
  input  logic             clk_i,
  input  logic             rst_ni,      // for the assertions only
  input  logic [secp256k1_pkg::Width-1:0] a_i,
  input  logic [secp256k1_pkg::Width-1:0] b_i,
  input  logic [1:0]       b_op_i,
  input  logic [secp256k1_pkg::Width-1:0] c_i,
  input  logic [secp256k1_pkg::Width-1:0] d_i,
  input  logic             negate_d_i,
  output logic [secp256k1_pkg::Width-1:0] x_o,
  output logic [secp256k1_pkg::Width-1:0] y_o
);
  localparam int unsigned W = secp256k1_pkg::Width;
  logic [W-1:0] a_q, c_q, b_term_q, d_term_q, x_q, y_q;

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    c_q <= c_i;
    case (b_op_i)
      secp256k1_pkg::BOpMinus:  b_term_q <= secp256k1_pkg::TwoP - b_i;
      secp256k1_pkg::BOpMinus3: b_term_q <= secp256k1_pkg::FourP - b_i - {b_i[W-2:0], 1'b0};
      default:   b_term_q <= b_i;
    endcase
    d_term_q <= negate_d_i ? secp256k1_pkg::TwoP - d_i : d_i;
    x_q      <= a_q + b_term_q;
    y_q      <= c_q + d_term_q;
  end

  assign x_o = x_q;
  assign y_o = y_q;

`ifndef YOSYS
  // Terms are taken from multiples of p that exceed them, and no sum leaves the operand's width.
  localparam logic [W-1:0] Lazy = (W'(1) << 256) + (W'(1) << 80);
  logic [W:0] x_sum, y_sum;
  logic       known_q;
  assign x_sum = {1'b0, a_q} + {1'b0, b_term_q};
  assign y_sum = {1'b0, c_q} + {1'b0, d_term_q};
  always_ff @(posedge clk_i) begin
    known_q <= rst_ni;
    if (rst_ni && known_q) begin
      assert (!x_sum[W]);
      assert (!y_sum[W]);
    end
    if (rst_ni && b_op_i != secp256k1_pkg::BOpPlus) begin
      assert (b_i < Lazy);
    end
    if (rst_ni && negate_d_i) begin
      assert (d_i < Lazy);
    end
  end
`else
  logic unused_reset;
  assign unused_reset = rst_ni;
`endif
endmodule
