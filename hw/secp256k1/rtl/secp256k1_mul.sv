// Unsigned multiplier, fully pipelined: `Levels` (0, 1, 2) levels of Karatsuba over grids of 26 × 17 tiles.
// Width 264: Levels 0 takes 176 tiles, 1 takes 144, 2 takes 108.
//   latency     secp256k1_mul_pkg::latency(Width, Levels) cycles
//   throughput  one product a cycle
module secp256k1_mul #(
  parameter int unsigned Width  = 264,
  parameter int unsigned Levels = 2
) (
  input  logic               clk_i,
  input  logic [Width-1:0]   a_i,
  input  logic [Width-1:0]   b_i,
  output logic [2*Width-1:0] product_o
);
  if (Levels == 0) begin : gen_grid
    secp256k1_mul_grid #(.Width(Width)) u_grid (.clk_i, .a_i, .b_i, .product_o);
  end else if (Levels == 1) begin : gen_one
    secp256k1_mul_karatsuba #(.Width(Width)) u_karatsuba (.clk_i, .a_i, .b_i, .product_o);
  end else begin : gen_two
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
      secp256k1_mul_karatsuba #(.Width(Part)) u_inner (
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
  end
endmodule
