// Walks the microprogram: a new instruction every Lanes cycles, for lane 0, 1, … in turn. A batch starts at a slot
// boundary when start_i says that one is there; the next may follow in the very next slot. Between batches the
// instruction is one that writes nothing.
//   latency     at most Lanes cycles from start_i to the first instruction
module secp256k1_sequencer (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        start_i,   // a batch waits
  output logic                        taken_o,   // pulse: it starts
  output logic                        finish_o,  // pulse: its last instruction has been issued for every lane
  output logic                        running_o,
  output logic [secp256k1_pkg::LaneWidth-1:0]        lane_o,
  output logic [secp256k1_pkg::InstructionWidth-1:0] instruction_o
);
  localparam int unsigned LaneBits = secp256k1_pkg::LaneWidth;
  localparam int unsigned AddrWidth = $clog2(secp256k1_pkg::Slots);

  logic [LaneBits-1:0]        lane_q;
  logic [AddrWidth-1:0]        next_q;     // slot whose instruction the ROM shows
  logic [secp256k1_pkg::InstructionWidth-1:0] next_word, word_q;
  secp256k1_pkg::instruction_t                current, next_instruction;
  logic                        running_q, boundary, issue;

  assign current          = word_q;
  assign next_instruction = next_word;
  assign boundary         = lane_q == LaneBits'(secp256k1_pkg::Lanes - 1);
  assign issue            = boundary && ((running_q && !current.last) || start_i);
  assign taken_o          = boundary && start_i && (!running_q || current.last);
  assign finish_o         = boundary && running_q && current.last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      lane_q    <= '0;
      next_q    <= '0;
      running_q <= 1'b0;
      word_q    <= secp256k1_pkg::IdleInstruction;
    end else begin
      lane_q <= lane_q + LaneBits'(1);
      if (boundary) begin
        running_q <= issue;
        word_q    <= issue ? next_word : secp256k1_pkg::IdleInstruction;
        if (issue) begin
          next_q <= next_instruction.last ? '0 : next_q + AddrWidth'(1);
        end
      end
    end
  end

  secp256k1_program u_program (
    .clk_i,
    .addr_i(next_q),
    .data_o(next_word)
  );

  assign running_o     = running_q;
  assign lane_o        = lane_q;
  assign instruction_o = word_q;

  logic unused;
  assign unused = ^{current, next_instruction};
endmodule
