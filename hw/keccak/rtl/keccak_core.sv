// The core of the keccak256 kernel: descriptors and data in, statuses and digests out, in order of items (see batch_shell).
// Reading runs ahead of hashing by up to MessageDepth messages and DataDepth beats.
module keccak_core #(
  parameter int unsigned Stages       = 8,
  parameter int unsigned MessageDepth = 512,
  parameter int unsigned LevelWidth   = 10
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [batch_pkg::CountWidth-1:0]  item_count_i,
  input  logic [batch_pkg::OffsetWidth-1:0] data_offset_i,
  input  logic [batch_pkg::OffsetWidth-1:0] data_end_i,
  input  logic                              descriptor_valid_i,
  output logic                              descriptor_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   descriptor_i,
  input  logic [5:0]                        read_base_i,
  output logic                              read_valid_o,
  input  logic                              read_ready_i,
  output logic [batch_pkg::LengthWidth-1:0] read_offset_o,
  output logic [batch_pkg::LengthWidth-1:0] read_beats_o,
  input  logic                              data_valid_i,
  output logic                              data_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   data_i,
  input  logic [LevelWidth-1:0]             data_level_i,
  output logic                              status_valid_o,
  input  logic                              status_ready_i,
  output logic [7:0]                        status_o,
  output logic                              result_valid_o,
  input  logic                              result_ready_i,
  output logic [batch_pkg::WordWidth-1:0]   result_o,
  output logic [7:0]                        slot_used_o,
  output logic [7:0]                        operations_o,
  output logic                              busy_o
);
  localparam int unsigned RecordWidth = 1 + 1 + 3 + 32;
  localparam int unsigned Passes      = keccak_pkg::Rounds / Stages;

  logic        fetched_valid, fetched_ready, fetched_bad, fetched_drop;
  logic [2:0]  fetched_lane;
  logic [31:0] fetched_length;
  keccak_fetch #(
    .LevelWidth(LevelWidth)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .item_count_i,
    .data_offset_i,
    .data_end_i,
    .base_i          (read_base_i),
    .descriptor_valid_i,
    .descriptor_ready_o,
    .descriptor_i,
    .read_valid_o,
    .read_ready_i,
    .read_offset_o,
    .read_beats_o,
    .data_level_i,
    .message_valid_o (fetched_valid),
    .message_ready_i (fetched_ready),
    .message_bad_o   (fetched_bad),
    .message_drop_o  (fetched_drop),
    .message_lane_o  (fetched_lane),
    .message_length_o(fetched_length)
  );

  logic        message_valid, message_ready, message_bad, message_drop;
  logic [2:0]  message_lane;
  logic [31:0] message_length;
  logic [$clog2(MessageDepth+1)-1:0] messages_waiting;
  sync_fifo #(
    .Width(RecordWidth),
    .Depth(MessageDepth)
  ) u_messages (
    .clk_i,
    .rst_ni,
    .valid_i(fetched_valid),
    .ready_o(fetched_ready),
    .data_i ({fetched_bad, fetched_drop, fetched_lane, fetched_length}),
    .valid_o(message_valid),
    .ready_i(message_ready),
    .data_o ({message_bad, message_drop, message_lane, message_length}),
    .level_o(messages_waiting)
  );

  logic                             block_valid, block_ready, block_first, block_last, block_bad;
  logic [keccak_pkg::RateWidth-1:0] block;
  keccak_absorb u_absorb (
    .clk_i,
    .rst_ni,
    .message_valid_i (message_valid),
    .message_ready_o (message_ready),
    .message_bad_i   (message_bad),
    .message_drop_i  (message_drop),
    .message_lane_i  (message_lane),
    .message_length_i(message_length),
    .beat_valid_i    (data_valid_i),
    .beat_ready_o    (data_ready_o),
    .beat_i          (data_i),
    .block_valid_o   (block_valid),
    .block_ready_i   (block_ready),
    .block_o         (block),
    .block_first_o   (block_first),
    .block_last_o    (block_last),
    .block_bad_o     (block_bad)
  );

  logic digest_valid, digest_ready, digest_bad, permutation, engine_busy;
  keccak_engine #(
    .Stages(Stages)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .block_valid_i (block_valid),
    .block_ready_o (block_ready),
    .block_i       (block),
    .block_first_i (block_first),
    .block_last_i  (block_last),
    .block_bad_i   (block_bad),
    .digest_valid_o(digest_valid),
    .digest_ready_i(digest_ready),
    .digest_o      (result_o),
    .digest_bad_o  (digest_bad),
    .permutation_o (permutation),
    .busy_o        (engine_busy)
  );

  // Status and digest leave together.
  assign digest_ready   = status_ready_i && result_ready_i;
  assign status_valid_o = digest_valid && result_ready_i;
  assign result_valid_o = digest_valid && status_ready_i;
  assign status_o       = digest_bad ? batch_pkg::StatusBadInput : batch_pkg::StatusOk;

  assign operations_o = 8'(permutation);
  assign slot_used_o  = permutation ? 8'(Passes) : 8'd0;
  assign busy_o       = engine_busy || messages_waiting != '0 || digest_valid;
endmodule
