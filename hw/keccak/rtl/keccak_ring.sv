// The datapath of the ring: an absorb register and Stages round stages, fully pipelined.
//
// The state of a slot enters by the command of a cycle, passes through Stages rounds and stands at state_o
// Stages + 1 cycles later, when the next command for the slot decides what becomes of it. Slots = Stages + 1
// independent states are in flight; a permutation is 24/Stages passes.
//   latency     Stages + 1 cycles a pass
//   throughput  one pass a cycle
// Commands (no handshake, one a cycle): the new state is (from_ring ? state_o : from_park ? parked : 0)
// xor (absorb ? block : 0). park_i keeps state_o aside until it is taken up with from_park_i.
module keccak_ring #(
  parameter int unsigned Stages    = 8,
  parameter int unsigned PassWidth = 2
) (
  input  logic                               clk_i,
  input  logic                               from_ring_i,
  input  logic                               from_park_i,
  input  logic                               park_i,
  input  logic                               absorb_i,
  input  logic [keccak_pkg::RateWidth-1:0]   block_i,
  input  logic [PassWidth-1:0]               pass_i,      // passes that the state has behind it
  output logic [keccak_pkg::DigestWidth-1:0] digest_o
);
  localparam int unsigned Passes = keccak_pkg::Rounds / Stages;

  if (Stages == 0 || keccak_pkg::Rounds % Stages != 0) begin : gen_parameter_check
    $error("Stages must divide 24");
  end

  logic [1599:0] entry_d, entry_q, park_q, last;
  logic [1087:0] absorbed;

  assign last     = gen_stage[Stages-1].state_q;
  assign digest_o = last[keccak_pkg::DigestWidth-1:0];
  assign absorbed = absorb_i ? block_i : '0;

  always_comb begin
    entry_d = '0;
    if (from_ring_i) begin
      entry_d = last;
    end else if (from_park_i) begin
      entry_d = park_q;
    end
    entry_d[1087:0] = entry_d[1087:0] ^ absorbed;
  end

  always_ff @(posedge clk_i) begin
    entry_q <= entry_d;
    if (park_i) begin
      park_q <= last;
    end
  end

  for (genvar stage = 0; stage < Stages; stage++) begin : gen_stage
    logic [1599:0]        state_d, state_q, previous;
    logic [PassWidth-1:0] pass_q;
    logic [63:0]          constant;

    if (stage == 0) begin : gen_first
      assign previous = entry_q;
      always_ff @(posedge clk_i) pass_q <= pass_i;
    end else begin : gen_next
      assign previous = gen_stage[stage-1].state_q;
      always_ff @(posedge clk_i) pass_q <= gen_stage[stage-1].pass_q;
    end

    always_comb begin
      constant = '0;
      for (int unsigned p = 0; p < Passes; p++) begin
        if (pass_q == PassWidth'(p)) begin
          constant = keccak_pkg::round_constant(5'(p * Stages + stage));
        end
      end
    end

    keccak_round u_round (
      .state_i         (previous),
      .round_constant_i(constant),
      .state_o         (state_d)
    );

    always_ff @(posedge clk_i) begin
      state_q <= state_d;
    end
  end
endmodule
