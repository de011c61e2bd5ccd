// Second half of a Karatsuba level: with H = Half,
//   product = high·2^2H + (middle - high - low)·2^H + low
// for the products low, high of the halves and middle of their sums. The long addition is made in two pieces.
//   latency     3 cycles
module secp256k1_karatsuba_join #(
  parameter  int unsigned Width = 264,
  localparam int unsigned Part  = secp256k1_mul_pkg::part_width(Width)
) (
  input  logic               clk_i,
  input  logic [2*Part-1:0]  low_i,
  input  logic [2*Part-1:0]  high_i,
  input  logic [2*Part-1:0]  middle_i,
  output logic [2*Width-1:0] product_o
);
  localparam int unsigned Half  = Part - 1;
  localparam int unsigned Upper = 2 * Width - Half;  // bits that the addition touches
  localparam int unsigned Cut   = Upper / 2;         // of them, its first piece
  localparam int unsigned Rest  = Upper - Cut;

  // Three products under way: after the subtraction, after the first piece, after the second.
  logic [2*Part-1:0]    middle_q;
  logic [2*Width-1:0]   outer_q;
  logic [Cut:0]         piece_q;
  logic [Rest-1:0]      outer_rest_q, middle_rest_q;
  logic [Half-1:0]      bottom_q;
  logic [2*Width-1:0]   product_q;
  logic [Upper-1:0]     outer, middle;

  assign outer  = outer_q[2*Width-1:Half];
  assign middle = Upper'(middle_q);

  always_ff @(posedge clk_i) begin
    middle_q <= middle_i - low_i - high_i;
    outer_q  <= {high_i[2*(Width-Half)-1:0], low_i[2*Half-1:0]};

    piece_q       <= {1'b0, outer[Cut-1:0]} + {1'b0, middle[Cut-1:0]};
    outer_rest_q  <= outer[Upper-1:Cut];
    middle_rest_q <= middle[Upper-1:Cut];
    bottom_q      <= outer_q[Half-1:0];

    product_q <= {outer_rest_q + middle_rest_q + Rest'(piece_q[Cut]), piece_q[Cut-1:0], bottom_q};
  end
  assign product_o = product_q;

  logic unused;
  assign unused = ^{low_i[2*Part-1:2*Half], high_i[2*Part-1:2*(Width-Half)]};
endmodule
