// Keccak-f[1600] constants and the shape of Keccak-256 (original Keccak: capacity 512, padding 0x01 … 0x80).
package keccak_pkg;
  localparam int unsigned StateWidth  = 1600;
  localparam int unsigned LaneWidth   = 64;
  localparam int unsigned RateLanes   = 17;
  localparam int unsigned RateBytes   = 136;
  localparam int unsigned RateWidth   = 1088;
  localparam int unsigned DigestWidth = 256;
  localparam int unsigned Rounds      = 24;

  // Iota's constant of round `index`.
  function automatic logic [63:0] round_constant(input logic [4:0] index);
    case (index)
      5'd0:    round_constant = 64'h0000000000000001;
      5'd1:    round_constant = 64'h0000000000008082;
      5'd2:    round_constant = 64'h800000000000808a;
      5'd3:    round_constant = 64'h8000000080008000;
      5'd4:    round_constant = 64'h000000000000808b;
      5'd5:    round_constant = 64'h0000000080000001;
      5'd6:    round_constant = 64'h8000000080008081;
      5'd7:    round_constant = 64'h8000000000008009;
      5'd8:    round_constant = 64'h000000000000008a;
      5'd9:    round_constant = 64'h0000000000000088;
      5'd10:   round_constant = 64'h0000000080008009;
      5'd11:   round_constant = 64'h000000008000000a;
      5'd12:   round_constant = 64'h000000008000808b;
      5'd13:   round_constant = 64'h800000000000008b;
      5'd14:   round_constant = 64'h8000000000008089;
      5'd15:   round_constant = 64'h8000000000008003;
      5'd16:   round_constant = 64'h8000000000008002;
      5'd17:   round_constant = 64'h8000000000000080;
      5'd18:   round_constant = 64'h000000000000800a;
      5'd19:   round_constant = 64'h800000008000000a;
      5'd20:   round_constant = 64'h8000000080008081;
      5'd21:   round_constant = 64'h8000000000008080;
      5'd22:   round_constant = 64'h0000000080000001;
      default: round_constant = 64'h8000000080008008;
    endcase
  endfunction

  // Rho's rotation of lane x + 5·y.
  function automatic int unsigned rho_offset(input int unsigned lane);
    case (lane)
      1:       rho_offset = 1;
      2:       rho_offset = 62;
      3:       rho_offset = 28;
      4:       rho_offset = 27;
      5:       rho_offset = 36;
      6:       rho_offset = 44;
      7:       rho_offset = 6;
      8:       rho_offset = 55;
      9:       rho_offset = 20;
      10:      rho_offset = 3;
      11:      rho_offset = 10;
      12:      rho_offset = 43;
      13:      rho_offset = 25;
      14:      rho_offset = 39;
      15:      rho_offset = 41;
      16:      rho_offset = 45;
      17:      rho_offset = 15;
      18:      rho_offset = 21;
      19:      rho_offset = 8;
      20:      rho_offset = 18;
      21:      rho_offset = 2;
      22:      rho_offset = 61;
      23:      rho_offset = 56;
      24:      rho_offset = 14;
      default: rho_offset = 0;
    endcase
  endfunction
endpackage
