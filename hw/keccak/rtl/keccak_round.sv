// One round of Keccak-f[1600]: theta, rho, pi, chi, iota. Combinational; latency 0.
// Lane x + 5·y of the state is bits [64·(x + 5·y) +: 64].
// Waves show the states between rounds, not what is inside a round: that would cost half of the simulation's speed.
// verilator tracing_off
module keccak_round (
  input  logic [keccak_pkg::StateWidth-1:0] state_i,
  input  logic [keccak_pkg::LaneWidth-1:0]  round_constant_i,
  output logic [keccak_pkg::StateWidth-1:0] state_o
);
  logic [1599:0] theta, pi;
  logic [319:0]  parity;

  for (genvar x = 0; x < 5; x++) begin : gen_theta
    logic [63:0] left, right, effect;
    assign parity[64*x+:64] = state_i[64*x+:64] ^ state_i[64*(x+5)+:64] ^ state_i[64*(x+10)+:64] ^
                              state_i[64*(x+15)+:64] ^ state_i[64*(x+20)+:64];
    assign left   = parity[64*((x+4)%5)+:64];
    assign right  = parity[64*((x+1)%5)+:64];
    assign effect = left ^ {right[62:0], right[63]};
    for (genvar y = 0; y < 5; y++) begin : gen_row
      assign theta[64*(x+5*y)+:64] = state_i[64*(x+5*y)+:64] ^ effect;
    end
  end

  // pi: lane (x, y) goes to (y, 2x + 3y)
  for (genvar x = 0; x < 5; x++) begin : gen_rho_pi_x
    for (genvar y = 0; y < 5; y++) begin : gen_rho_pi_y
      localparam int unsigned From   = x + 5 * y;
      localparam int unsigned To     = y + 5 * ((2 * x + 3 * y) % 5);
      localparam int unsigned Offset = keccak_pkg::rho_offset(From);
      logic [63:0] lane;
      assign lane = theta[64*From+:64];
      if (Offset == 0) begin : gen_none
        assign pi[64*To+:64] = lane;
      end else begin : gen_rotate
        assign pi[64*To+:64] = {lane[63-Offset:0], lane[63:64-Offset]};
      end
    end
  end

  for (genvar y = 0; y < 5; y++) begin : gen_chi_y
    for (genvar x = 0; x < 5; x++) begin : gen_chi_x
      logic [63:0] chi;
      assign chi = pi[64*(x+5*y)+:64] ^ (~pi[64*((x+1)%5+5*y)+:64] & pi[64*((x+2)%5+5*y)+:64]);
      if (x == 0 && y == 0) begin : gen_iota
        assign state_o[63:0] = chi ^ round_constant_i;
      end else begin : gen_plain
        assign state_o[64*(x+5*y)+:64] = chi;
      end
    end
  end
endmodule
// verilator tracing_on
