// Schoolbook multiplication on a grid of 26 × 17 tiles, unsigned.
// Tiles (i, j) with one difference j - i abut without overlap (26 + 17 = 43 bits a tile), so each diagonal of the grid
// is one term of the sum and costs no adder.
//   latency     3 + secp256k1_mul_pkg::grid_stages(Width) cycles
//   throughput  one product a cycle
module secp256k1_mul_grid #(
  parameter int unsigned Width = 68
) (
  input  logic               clk_i,
  input  logic [Width-1:0]   a_i,
  input  logic [Width-1:0]   b_i,
  output logic [2*Width-1:0] product_o
);
  localparam int unsigned A         = secp256k1_mul_pkg::tiles_a(Width);
  localparam int unsigned B         = secp256k1_mul_pkg::tiles_b(Width);
  localparam int unsigned Diagonals = A + B - 1;
  localparam int unsigned Sum       = 26 * A + 17 * B;

  logic [26*A-1:0] a;
  logic [17*B-1:0] b;
  assign a = (26*A)'(a_i);
  assign b = (17*B)'(b_i);

  logic [43*A*B-1:0] products;
  for (genvar i = 0; i < A; i++) begin : gen_a
    for (genvar j = 0; j < B; j++) begin : gen_b
      secp256k1_mul_tile u_tile (
        .clk_i,
        .a_i      (a[26*i+:26]),
        .b_i      (b[17*j+:17]),
        .product_o(products[43*(i*B+j)+:43])
      );
    end
  end

  logic [Diagonals*Sum-1:0] terms;
  for (genvar d = 0; d < Diagonals; d++) begin : gen_diagonal
    always_comb begin
      terms[d*Sum+:Sum] = '0;
      for (int unsigned i = 0; i < A; i++) begin
        if (i + d >= A - 1 && i + d - (A - 1) < B) begin
          terms[d*Sum+26*i+17*(i+d-(A-1))+:43] = products[43*(i*B+i+d-(A-1))+:43];
        end
      end
    end
  end

  logic [Sum-1:0] sum;
  secp256k1_sum3 #(
    .Terms (Diagonals),
    .Width (Sum),
    .Stages(secp256k1_mul_pkg::grid_stages(Width))
  ) u_sum (
    .clk_i,
    .terms_i(terms),
    .sum_o  (sum)
  );
  assign product_o = sum[2*Width-1:0];

  if (Sum > 2 * Width) begin : gen_unused
    logic unused_top;
    assign unused_top = ^sum[Sum-1:2*Width];
  end
endmodule
