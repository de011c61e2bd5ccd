// Ethereum address of a public key: the last 20 bytes of Keccak-256 of its 64 bytes. One permutation, a round a cycle.
//   latency     25 cycles from start_i to done_o (a pulse); address_o stays until the next start
//   throughput  one key in 25 cycles; no start_i while busy
module secp256k1_address (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  input  logic [511:0] key_i,      // bytes as Ethereum writes them: x, then y, big-endian; the first byte lowest
  output logic         done_o,
  output logic [159:0] address_o   // the first byte lowest
);
  localparam int unsigned Rounds = keccak_pkg::Rounds;

  logic [keccak_pkg::StateWidth-1:0] state_q, next;
  logic [4:0]                        round_q;
  logic                              busy_q, done_q;

  // The operand rests at zero between keys.
  keccak_round u_round (
    .state_i         (state_q),
    .round_constant_i(keccak_pkg::round_constant(round_q)),
    .state_o         (next)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      busy_q <= start_i || (busy_q && round_q != 5'(Rounds - 1));
      done_q <= busy_q && round_q == 5'(Rounds - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      // 64 bytes fit one block of 136: the pad's first and last bits.
      state_q <= {{(keccak_pkg::StateWidth - keccak_pkg::RateWidth){1'b0}}, 8'h80, 560'd0, 8'h01, key_i};
      round_q <= '0;
    end else if (busy_q) begin
      state_q <= next;
      round_q <= round_q + 5'd1;
    end
  end

  assign done_o    = done_q;
  assign address_o = state_q[255:96];
endmodule
