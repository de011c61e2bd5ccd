// First half of a Karatsuba level: an operand's low half, high half and their sum.
//   latency     1 cycle
module secp256k1_karatsuba_split #(
  parameter  int unsigned Width = 264,
  localparam int unsigned Part  = secp256k1_mul_pkg::part_width(Width)
) (
  input  logic             clk_i,
  input  logic [Width-1:0] operand_i,
  output logic [Part-1:0]  low_o,
  output logic [Part-1:0]  high_o,
  output logic [Part-1:0]  sum_o
);
  localparam int unsigned Half = Part - 1;

  logic [Part-1:0] low, high, low_q, high_q, sum_q;
  assign low  = Part'(operand_i[Half-1:0]);
  assign high = Part'(operand_i[Width-1:Half]);

  always_ff @(posedge clk_i) begin
    low_q  <= low;
    high_q <= high;
    sum_q  <= low + high;
  end

  assign low_o  = low_q;
  assign high_o = high_q;
  assign sum_o  = sum_q;
endmodule
