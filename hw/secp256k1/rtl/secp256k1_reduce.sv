// What follows the multiplier: additions, a term2 factor and reduction mod p, or for integers mod n the sum's halves.
//
//   field:     result = scale · (product - e) ± f  mod p, below 2^256 + 2^80; congruent, not canonical
//   raw low:   result = (product + f) mod 2^264
//   raw high:  result = (product + f) / 2^264 + high
// All inputs belong to one cycle. Ranges: product of a field operation < 2^520, e and f of one < 2^256 + 2^80;
// a raw-high result must fit 264 bits. canonical_o and zero_o are right for results of field operations only.
//   p = 2^256 - fold, fold = 2^32 + 977: high bits times fold are added to the low ones, twice.
//   latency     9 cycles (high_o: 2)
//   throughput  one a cycle
module secp256k1_reduce (
  input  logic               clk_i,
  input  logic               rst_ni,         // for the assertions only
  input  logic [2*secp256k1_pkg::Width-1:0] product_i,
  input  logic [secp256k1_pkg::Width-1:0]   e_i,
  input  logic [secp256k1_pkg::Width-1:0]   f_i,
  input  logic [secp256k1_pkg::Width-1:0]   high_i,
  input  logic               subtract_e_i,
  input  logic               subtract_f_i,
  input  logic [2:0]         scale_i,
  input  logic               raw_low_i,
  input  logic               raw_high_i,
  input  logic               one_if_zero_i,  // a field result that is zero becomes one; zero_o still says so
  output logic [secp256k1_pkg::Width-1:0]   high_o,
  output logic [secp256k1_pkg::Width-1:0]   result_o,
  output logic [255:0]       canonical_o,
  output logic               zero_o
);
  localparam int unsigned W = secp256k1_pkg::Width;
  localparam int unsigned FoldWidth  = 306;  // after the first fold: 2^256 + 2^272 · 2^33
  localparam int unsigned ScaleWidth = 313;  // after the factor

  // Control, one bit a stage and signal; index 0 belongs to the inputs.
  logic [8:0] raw_q, one_q;
  logic [4:0] subtract_f_q;
  logic [2:0] subtract_e_q;
  logic [11:0] scale_q;
  logic raw_high_q, raw_high_2q;
  always_ff @(posedge clk_i) begin
    raw_q        <= {raw_q[7:0], raw_low_i | raw_high_i};
    one_q        <= {one_q[7:0], one_if_zero_i};
    subtract_e_q <= {subtract_e_q[1:0], subtract_e_i};
    subtract_f_q <= {subtract_f_q[3:0], subtract_f_i};
    scale_q      <= {scale_q[8:0], scale_i};
    raw_high_q   <= raw_high_i;
    raw_high_2q  <= raw_high_q;
  end

  // Stage 1, 2: first fold. 977 · h = 1025 · h - 48 · h.
  logic [271:0]           h;
  logic [FoldWidth-1:0]   shifted_q, folded_q;
  logic [282:0]           times_1025_q;
  logic [277:0]           times_48_q;
  assign h = product_i[527:256];
  always_ff @(posedge clk_i) begin
    shifted_q    <= FoldWidth'(product_i[255:0]) + FoldWidth'({h, 32'd0});
    times_1025_q <= {1'b0, h, 10'd0} + 283'(h);
    times_48_q   <= {1'b0, h, 5'd0} + 278'({h, 4'd0});
    folded_q     <= shifted_q + FoldWidth'(times_1025_q) - FoldWidth'(times_48_q);
  end

  // The same stages of a raw operation.
  logic [W:0]   raw_sum_q;
  logic [W-1:0] raw_rest_q, high_q, raw_high_sum_q, raw_low_q;
  always_ff @(posedge clk_i) begin
    raw_sum_q      <= {1'b0, product_i[W-1:0]} + {1'b0, f_i};
    raw_rest_q     <= product_i[2*W-1:W];
    high_q         <= high_i;
    raw_high_sum_q <= raw_rest_q + (raw_high_q ? high_q : '0) + W'(raw_sum_q[W]);
    raw_low_q      <= raw_sum_q[W-1:0];
  end
  assign high_o = raw_high_sum_q;

  logic [W-1:0] raw_3q, raw_4q, raw_5q, raw_6q;
  always_ff @(posedge clk_i) begin
    raw_3q <= raw_high_2q ? raw_high_sum_q : raw_low_q;
    raw_4q <= raw_3q;
    raw_5q <= raw_4q;
    raw_6q <= raw_5q;
  end

  // Stage 3: subtract e; 2p keeps it positive.
  logic [W-1:0]      e_q, e_term_q;
  logic [FoldWidth:0]    difference_q;
  always_ff @(posedge clk_i) begin
    e_q          <= e_i;
    e_term_q     <= subtract_e_q[0] ? secp256k1_pkg::TwoP - e_q : '0;
    difference_q <= (FoldWidth+1)'(folded_q) + (FoldWidth+1)'(e_term_q);
  end

  // Stage 4: the factor 1, 2, 8, 21 = 16 + 4 + 1 or 63 = 64 - 1.
  logic [ScaleWidth-1:0] term0, term1, term2, scaled_q, difference;
  assign difference = ScaleWidth'(difference_q);
  always_comb begin
    term1 = '0;
    term2  = '0;
    case (scale_q[8:6])
      secp256k1_pkg::Scale2:  term0 = difference << 1;
      secp256k1_pkg::Scale8:  term0 = difference << 3;
      secp256k1_pkg::Scale21: begin
        term0  = difference << 4;
        term1 = difference << 2;
        term2  = difference;
      end
      secp256k1_pkg::Scale63: begin
        term0 = difference << 6;
        term2 = -difference;
      end
      default: term0 = difference;
    endcase
  end
  always_ff @(posedge clk_i) scaled_q <= term0 + term1 + term2;

  // Stage 5: add or subtract f.
  logic [W-1:0]      f_q, f_2q, f_3q, f_term_q;
  logic [ScaleWidth-1:0] sum_q;
  always_ff @(posedge clk_i) begin
    f_q      <= f_i;
    f_2q     <= f_q;
    f_3q     <= f_2q;
    f_term_q <= subtract_f_q[2] ? secp256k1_pkg::TwoP - f_3q : f_3q;
    sum_q    <= scaled_q + ScaleWidth'(f_term_q);
  end

  // Stage 6, 7: second fold, of 57 bits.
  logic [ScaleWidth-257:0] top;
  logic [ScaleWidth-224:0] top_fold_q;
  logic [255:0]            bottom_q;
  logic [W-1:0]        value_q;
  assign top = sum_q[ScaleWidth-1:256];
  always_ff @(posedge clk_i) begin
    top_fold_q <= {1'b0, top, 32'd0} + {23'd0, top, 10'd0} + {33'd0, top} - {28'd0, top, 5'd0} - {29'd0, top, 4'd0};
    bottom_q   <= sum_q[255:0];
    value_q    <= raw_q[5] ? raw_6q : {8'd0, bottom_q} + W'(top_fold_q);
  end

  // Stage 8, 9: zero means 0 or p; canonical means p taken away once where possible.
  logic [W-1:0] value_2q, result_q;
  logic [256:0]     less_p_q;
  logic [255:0]     canonical_q;
  logic             is_zero_q, is_p_q, zero_q;
  always_ff @(posedge clk_i) begin
    value_2q    <= value_q;
    less_p_q    <= value_q[256:0] - {1'b0, secp256k1_pkg::FieldPrime};
    is_zero_q   <= value_q[256:0] == '0;
    is_p_q      <= value_q[256:0] == {1'b0, secp256k1_pkg::FieldPrime};
    zero_q      <= is_zero_q || is_p_q;
    result_q    <= one_q[7] && (is_zero_q || is_p_q) ? W'(1) : value_2q;
    canonical_q <= less_p_q[256] ? value_2q[255:0] : less_p_q[255:0];
  end
  assign result_o    = result_q;
  assign canonical_o = canonical_q;
  assign zero_o      = zero_q;

`ifndef YOSYS
  // Bounds that the module's header promises, once what was in the multiplier at reset has left;
  // 2^256 + 2^80 keeps every second difference positive.
  localparam logic [W-1:0] Lazy = (W'(1) << 256) + (W'(1) << 80);
  logic [31:0] known_q;
  always_ff @(posedge clk_i) begin
    known_q <= rst_ni ? {known_q[30:0], 1'b1} : '0;
    if (rst_ni && known_q[31] && !raw_q[6]) begin
      assert (value_q < Lazy);
    end
    if (rst_ni && subtract_e_i && !raw_low_i && !raw_high_i) begin
      assert (e_i < Lazy);
    end
    if (rst_ni && subtract_f_i) begin
      assert (f_i < Lazy);
    end
  end
`else
  logic unused_reset;
  assign unused_reset = rst_ni;
`endif

  logic unused;
  assign unused = ^{one_q[8], raw_q[8:6], subtract_f_q[4:3], subtract_e_q[2:1], scale_q[11:9]};
endmodule
