// Inverse modulo p or n, times a constant: the divsteps of Bernstein and Yang in the half-delta variant, one a cycle.
// 590 steps bring every 0 <= g <= f < 2^256 to g = 0 (computed by Wuille, libsecp256k1 doc/safegcd_implementation.md).
//
//   f, g: the modulus and the value; d, e: f = d · value / scale, g = e · value / scale  (mod the modulus)
//   g odd, delta > 0:   delta, f, g = 1 - delta, g, (g - f) / 2
//   else:               delta, f, g = 1 + delta, f, (g + (g odd) · f) / 2
// and the same to d, e, where odd numbers are halved after the modulus was added (e < 0) or taken away; both stay
// in (-modulus, modulus). At the end f is 1 or -1, and scale / value = f · d.
//   value       below twice the modulus, not a multiple of it (a multiple gives 0)
//   latency     start_i to ready_o: 593 cycles, always; inverse_o is kept until the next start
module secp256k1_invert (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             start_i,
  input  logic             mod_n_i,
  input  logic [secp256k1_pkg::Width-1:0] value_i,
  output logic             ready_o,
  output logic [255:0]     inverse_o
);
  localparam int unsigned W = 258;  // signed
  localparam logic [9:0] Steps = 10'(secp256k1_pkg::InverseSteps);

  logic [W-1:0] f_q, g_q, d_q, e_q, modulus;
  logic [9:0]   count_q;
  logic [10:0]  delta_q;  // delta - 1/2, signed
  logic         mod_n_q, load_q, busy_q, finish_q, ready_q;
  logic [255:0] inverse_q;

  assign modulus = {2'b00, mod_n_q ? secp256k1_pkg::GroupOrder : secp256k1_pkg::FieldPrime};

  // One step.
  logic         odd, swap, halve_odd;
  logic [W-1:0] g_sum, f_term, d_term, m_term, e_sum;
  assign odd       = g_q[0];
  assign swap      = odd && !delta_q[10];
  assign f_term    = !odd ? '0 : swap ? ~f_q : f_q;
  assign d_term    = !odd ? '0 : swap ? ~d_q : d_q;
  assign g_sum     = g_q + f_term + W'(swap);
  assign halve_odd = e_q[0] ^ (odd && d_q[0]);
  assign m_term    = !halve_odd ? '0 : e_q[W-1] ? modulus : -modulus;
  assign e_sum     = e_q + d_term + m_term + W'(swap);

  // The value below the modulus, and the result between 0 and the modulus.
  logic [W-1:0] reduced, signed_d, inverse;
  assign reduced  = g_q - modulus;
  assign signed_d = f_q[W-1] ? -d_q : d_q;
  assign inverse  = signed_d + (signed_d[W-1] ? modulus : '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      load_q   <= 1'b0;
      busy_q   <= 1'b0;
      finish_q <= 1'b0;
      ready_q  <= 1'b0;
    end else begin
      load_q   <= start_i;
      busy_q   <= load_q || (busy_q && count_q != Steps - 10'd1);
      finish_q <= busy_q && count_q == Steps - 10'd1;
      ready_q  <= finish_q || (ready_q && !start_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      mod_n_q <= mod_n_i;
      g_q     <= value_i[W-1:0];
    end else if (load_q) begin
      f_q     <= modulus;
      g_q     <= reduced[W-1] ? g_q : reduced;
      d_q     <= '0;
      e_q     <= {2'b00, mod_n_q ? secp256k1_pkg::InverseScaleN : secp256k1_pkg::InverseScaleP};
      delta_q <= '0;
      count_q <= '0;
    end else if (busy_q) begin
      f_q     <= swap ? g_q : f_q;
      g_q     <= {g_sum[W-1], g_sum[W-1:1]};
      d_q     <= swap ? e_q : d_q;
      e_q     <= {e_sum[W-1], e_sum[W-1:1]};
      delta_q <= swap ? -delta_q : delta_q + 11'd1;
      count_q <= count_q + 10'd1;
    end else if (finish_q) begin
      inverse_q <= inverse[255:0];
    end
  end

  assign ready_o   = ready_q;
  assign inverse_o = inverse_q;

`ifndef YOSYS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(start_i && (load_q || busy_q || finish_q)));
      if (start_i) begin
        assert (value_i[secp256k1_pkg::Width-1:W-1] == '0);
      end
      if (load_q) begin
        assert (reduced[W-1] || reduced < modulus);
      end
      if (finish_q) begin
        assert (g_q == '0);
        assert (f_q == W'(1) || f_q == '1 || inverse == '0);
      end
    end
  end
`endif

  logic unused;
  assign unused = ^{value_i[secp256k1_pkg::Width-1:W], g_sum[0], e_sum[0], inverse[W-1:256]};
endmodule
