// One DSP48E2's worth of multiplication: 26 × 17 bits, unsigned. Operands, product and result are registered inside
// the block.
//   latency     3 cycles
//   throughput  one product a cycle
module secp256k1_mul_tile (
  input  logic        clk_i,
  input  logic [25:0] a_i,
  input  logic [16:0] b_i,
  output logic [42:0] product_o
);
  logic [25:0] a_q;
  logic [16:0] b_q;
  logic [42:0] product_q, result_q;

  always_ff @(posedge clk_i) begin
    a_q       <= a_i;
    b_q       <= b_i;
    product_q <= {17'd0, a_q} * {26'd0, b_q};
    result_q  <= product_q;
  end

  assign product_o = result_q;
endmodule
