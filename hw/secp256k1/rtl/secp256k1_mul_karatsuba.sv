// One level of Karatsuba over three grids: the inner level of secp256k1_mul. (A module that instantiates itself is
// beyond Verilator 5.006.)
//   latency     secp256k1_mul_pkg::latency(Width, 1) cycles
//   throughput  one product a cycle
module secp256k1_mul_karatsuba #(
  parameter int unsigned Width = 133
) (
  input  logic               clk_i,
  input  logic [Width-1:0]   a_i,
  input  logic [Width-1:0]   b_i,
  output logic [2*Width-1:0] product_o
);
  localparam int unsigned Part = secp256k1_mul_pkg::part_width(Width);

  logic [3*Part-1:0] a, b;  // low, high, sum
  secp256k1_karatsuba_split #(.Width(Width)) u_split_a (
    .clk_i, .operand_i(a_i), .low_o(a[0+:Part]), .high_o(a[Part+:Part]), .sum_o(a[2*Part+:Part])
  );
  secp256k1_karatsuba_split #(.Width(Width)) u_split_b (
    .clk_i, .operand_i(b_i), .low_o(b[0+:Part]), .high_o(b[Part+:Part]), .sum_o(b[2*Part+:Part])
  );

  logic [6*Part-1:0] products;
  for (genvar i = 0; i < 3; i++) begin : gen_part
    secp256k1_mul_grid #(.Width(Part)) u_grid (
      .clk_i, .a_i(a[i*Part+:Part]), .b_i(b[i*Part+:Part]), .product_o(products[2*i*Part+:2*Part])
    );
  end

  secp256k1_karatsuba_join #(.Width(Width)) u_join (
    .clk_i,
    .low_i   (products[0+:2*Part]),
    .high_i  (products[2*Part+:2*Part]),
    .middle_i(products[4*Part+:2*Part]),
    .product_o
  );
endmodule
