// Walks the descriptors of a batch: checks each, asks for the beats that hold its message, and says how the message lies in
// the stream of beats that will come.
//
// Messages that follow each other in memory share beats: a message that begins in the beat in which the last one ended (before
// or after that end) finds it still in the reader's window, and only what follows is asked for. In any other case that beat is
// to be dropped, which the record of the *earlier* message says (drop_o), so that the reader loses no cycle.
// A record is therefore given out when the next message is known, or the batch ends; but not later, because the read of a
// message larger than the read buffer goes on only while its data is taken.
//
// A descriptor is bad if flags != 0, the offset is no multiple of 8, or [offset, offset + length) is not inside the data
// section; it is passed on as a bad message of length 0.
// latency     3 cycles from a descriptor to its read, 4 to its record (if another follows)
// throughput  one descriptor a cycle
module keccak_fetch #(
  parameter int unsigned LevelWidth = 10,
  parameter int unsigned Hungry     = 128  // data level below which short reads are sent off
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [batch_pkg::CountWidth-1:0]  item_count_i,
  input  logic [batch_pkg::OffsetWidth-1:0] data_offset_i,
  input  logic [batch_pkg::OffsetWidth-1:0] data_end_i,
  input  logic [5:0]                        base_i,        // see read_coalescer

  input  logic                              descriptor_valid_i,
  output logic                              descriptor_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   descriptor_i,

  output logic                              read_valid_o,
  input  logic                              read_ready_i,
  output logic [batch_pkg::LengthWidth-1:0] read_offset_o,
  output logic [batch_pkg::LengthWidth-1:0] read_beats_o,
  input  logic [LevelWidth-1:0]             data_level_i,

  // one record a message
  output logic                              message_valid_o,
  input  logic                              message_ready_i,
  output logic                              message_bad_o,
  output logic                              message_drop_o,    // drop the beat in which it ends
  output logic [2:0]                        message_lane_o,    // of its first byte, in its first beat
  output logic [31:0]                       message_length_o   // bytes
);
  localparam int unsigned OW = batch_pkg::OffsetWidth;
  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned CW = batch_pkg::CountWidth;
  localparam int unsigned PW = OW - 3;  // of a position counted in lanes

  // Stage 1: take the beat apart.
  logic [CW-1:0] left_q;  // descriptors not yet taken, once begun
  logic          begun_q;
  logic [1:0]    index_q;
  logic [127:0]  descriptor;
  logic          step1, step2, step3, more;
  assign more               = !begun_q ? item_count_i != '0 : left_q != '0;
  assign descriptor         = descriptor_i[128*index_q+:128];
  assign step1              = descriptor_valid_i && more && (!valid1_q || step2);
  assign descriptor_ready_o = step1 && (index_q == 2'd3 || (begun_q ? left_q : item_count_i) == CW'(1));

  logic        valid1_q;
  logic [63:0] offset1_q;
  logic [31:0] length1_q, flags1_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      begun_q  <= 1'b0;
      left_q   <= '0;
      index_q  <= '0;
      valid1_q <= 1'b0;
    end else begin
      if (step1) begin
        begun_q <= 1'b1;
        left_q  <= (begun_q ? left_q : item_count_i) - CW'(1);
        index_q <= index_q + 2'd1;
      end
      valid1_q <= step1 || (valid1_q && !step2);
    end
    if (step1) begin
      offset1_q <= descriptor[63:0];
      length1_q <= descriptor[95:64];
      flags1_q  <= descriptor[127:96];
    end
  end

  // Stage 2: check.
  logic [OW:0] end1;
  logic        bad1;
  assign end1  = (OW + 1)'(offset1_q[OW-1:0]) + (OW + 1)'(length1_q);
  assign bad1  = flags1_q != '0 || offset1_q[2:0] != '0 || offset1_q[63:OW] != '0 ||
                 offset1_q[OW-1:0] < data_offset_i || end1 > {1'b0, data_end_i};
  assign step2 = valid1_q && (!valid2_q || step3);

  logic          valid2_q, bad2_q, empty2_q;
  logic [PW-1:0] first2_q, end2_q;  // in lanes
  logic [31:0]   length2_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid2_q <= 1'b0;
    end else begin
      valid2_q <= step2 || (valid2_q && !step3);
    end
    if (step2) begin
      bad2_q    <= bad1;
      empty2_q  <= bad1 || length1_q == '0;
      first2_q  <= offset1_q[OW-1:3];
      end2_q    <= PW'((end1 + (OW + 1)'(7)) >> 3);
      length2_q <= bad1 ? '0 : length1_q;
    end
  end

  // Stage 3: where the message lies with respect to the one before; what to read.
  logic [PW-1:0] position_q;  // end of the last non-empty message
  logic          partial, shared, coalescer_ready, record_free;
  logic [LW-1:0] read_first, read_end;
  assign partial     = position_q[2:0] != '0;  // it ended inside a beat, which is still there
  assign shared     = partial && first2_q[PW-1:3] == position_q[PW-1:3];
  assign read_first = LW'(first2_q[PW-1:3]) + LW'(shared);
  assign read_end   = LW'(end2_q[PW-1:3]) + LW'(end2_q[2:0] != '0);
  assign step3      = valid2_q && (empty2_q || coalescer_ready) && record_free;

  logic finished;
  assign finished = !more && !valid1_q && !valid2_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      position_q <= '0;
    end else if (step3 && !empty2_q) begin
      position_q <= end2_q;
    end
  end

  read_coalescer u_coalescer (
    .clk_i,
    .rst_ni,
    .base_i,
    .hungry_i(data_level_i < LevelWidth'(Hungry)),
    .last_i  (finished),
    .valid_i (valid2_q && !empty2_q && record_free),
    .ready_o (coalescer_ready),
    .offset_i(read_first),
    .beats_i (read_end - read_first),
    .valid_o (read_valid_o),
    .ready_i (read_ready_i),
    .offset_o(read_offset_o),
    .beats_o (read_beats_o)
  );

  // The record of a message waits for the next one.
  logic        record_valid_q, record_bad_q, give;
  logic [2:0]  record_lane_q;
  logic [31:0] record_length_q;
  assign message_valid_o  = record_valid_q && (valid2_q || finished);
  assign message_bad_o    = record_bad_q;
  assign message_drop_o   = valid2_q && !empty2_q && partial && !shared;
  assign message_lane_o   = record_lane_q;
  assign message_length_o = record_length_q;
  assign give             = message_valid_o && message_ready_i;

  assign record_free = !record_valid_q || message_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      record_valid_q <= 1'b0;
    end else begin
      record_valid_q <= step3 || (record_valid_q && !give);
    end
    if (step3) begin
      record_bad_q    <= bad2_q;
      record_lane_q   <= empty2_q ? position_q[2:0] : first2_q[2:0];
      record_length_q <= length2_q;
    end
  end
endmodule
