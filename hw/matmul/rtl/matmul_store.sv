// Takes the results of a tile out of the accumulators, finishes them, and sends them to memory: row by row, a segment of 16
// columns a cycle. Says an item's status when all of its writes have been asked for.
//
// A tile that is not work is `fill` beats of zeros.
// latency     11 cycles from a segment's reading to its beat; throughput one segment a cycle
module matmul_store #(
  parameter int unsigned Rows     = 16,
  parameter int unsigned Columns  = 16,
  parameter int unsigned RowTiles = 1,
  localparam int unsigned Quarters = matmul_pkg::PanelColumns / Columns,
  localparam int unsigned Contexts = RowTiles * Quarters,
  localparam int unsigned CW = Contexts == 1 ? 1 : $clog2(Contexts),
  localparam int unsigned RW = $clog2(Rows),
  localparam int unsigned Segments = Columns / matmul_pkg::Lanes,
  localparam int unsigned GW = Segments == 1 ? 1 : $clog2(Segments)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              tile_valid_i,
  output logic                              tile_ready_o,
  input  logic [matmul_pkg::ResultTileWidth-1:0] tile_i,
  input  logic                              computed_i,          // a tile's accumulators are complete: a pulse
  output logic                              bank_free_o,         // and read: a pulse
  input  logic [2:0]                        parameters_ready_i,  // banks of parameters that are complete
  output logic                              done_o,              // a tile of work is done, its bank of parameters free

  // accumulators, data 3 cycles later
  output logic                              read_bank_o,
  output logic [CW-1:0]                     read_context_o,
  output logic [RW-1:0]                     read_row_o,
  output logic [GW-1:0]                     read_segment_o,
  input  logic [batch_pkg::BeatWidth-1:0]   data_i,
  // parameters, data one cycle later
  output logic [3:0]                        parameter_addr_o,
  input  logic [batch_pkg::BeatWidth-1:0]   bias_i,
  input  logic [batch_pkg::BeatWidth-1:0]   multiplier_i,
  input  logic [batch_pkg::BeatWidth-1:0]   shift_i,
  // sums to add
  input  logic                              sums_valid_i,
  output logic                              sums_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   sums_i,

  output logic                              write_valid_o,
  input  logic                              write_ready_i,
  output logic [batch_pkg::LengthWidth-1:0] write_offset_o,      // beats from the start of the results
  output logic [batch_pkg::LengthWidth-1:0] write_beats_o,
  output logic                              beat_valid_o,
  input  logic                              beat_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]   beat_o,
  output logic                              status_valid_o,
  input  logic                              status_ready_i,
  output logic [7:0]                        status_o,
  output logic                              busy_o
);
  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned Lanes = matmul_pkg::Lanes;
  localparam int unsigned OutDepth = 32;  // beats that may be on their way out
  localparam int unsigned RequantLatency = 6;

  typedef enum logic [1:0] {
    StIdle,
    StWait,
    StRead,
    StStatus
  } state_e;
  state_e                   state_q;
  matmul_pkg::result_tile_t tile, tile_q;  // on offer; taken
  assign tile = tile_i;
  logic                     bank_q;
  logic [1:0]               parameter_bank_q;
  logic [1:0]               computed_q;
  logic [7:0]               row_q;
  logic [1:0]               segment_q, last_segment;
  logic [LW-1:0]            fill_q, offset_q;
  logic                     step, row_end, tile_end, emit, room, requests_room, requests_empty, start, needs_sums;
  assign last_segment = 2'((tile_q.columns - 7'd1) >> 4);
  assign row_end      = !tile_q.work || segment_q == last_segment;
  assign tile_end     = tile_q.work ? row_end && row_q + 8'd1 == tile_q.rows : fill_q == LW'(1);
  assign emit         = !tile_q.work || row_end || (!tile_q.requant8 && !tile_q.requant16) ||
                        (tile_q.requant16 && segment_q[0]);
  assign needs_sums   = tile_q.work && tile_q.accumulate;
  assign step         = state_q == StRead && room && requests_room && (!needs_sums || sums_valid_i);
  assign start        = tile_q.work ? parameters_ready_i != '0 && (tile_q.empty || computed_q != '0) : 1'b1;
  assign tile_ready_o = state_q == StIdle;
  assign sums_ready_o = step && needs_sums;
  assign done_o       = step && tile_end && tile_q.work;
  assign bank_free_o  = done_o && !tile_q.empty;
  assign busy_o       = state_q != StIdle;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q          <= StIdle;
      bank_q           <= 1'b0;
      parameter_bank_q <= '0;
      computed_q       <= '0;
    end else begin
      unique case (state_q)
        StIdle:   if (tile_valid_i) state_q <= tile.work || tile.fill != '0 ? StWait : StStatus;
        StWait:   if (start) state_q <= StRead;
        StRead:   if (step && tile_end) state_q <= tile_q.last ? StStatus : StIdle;
        StStatus: if (status_valid_o && status_ready_i) state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
      computed_q <= computed_q + 2'(computed_i) - 2'(bank_free_o);
      if (bank_free_o) begin
        bank_q <= !bank_q;
      end
      if (done_o) begin
        parameter_bank_q <= parameter_bank_q + 2'd1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      tile_q    <= tile;
      row_q     <= '0;
      segment_q <= '0;
      fill_q    <= tile.fill;
      offset_q  <= tile.result_beat;
    end else if (step) begin
      fill_q    <= fill_q - LW'(1);
      segment_q <= row_end ? '0 : segment_q + 2'd1;
      if (row_end) begin
        row_q    <= row_q + 8'd1;
        offset_q <= offset_q + tile_q.result_stride;
      end
    end
  end

  // A request a row, or one for all of the zeros.
  logic          request_push;
  logic [2:0]    row_beats;
  logic [2*LW-1:0] request;
  logic [4:0]    request_level;
  assign row_beats    = tile_q.requant16 ? 3'(last_segment[1]) + 3'd1 : tile_q.requant8 ? 3'd1 : 3'(last_segment) + 3'd1;
  assign request_push = step && (tile_q.work ? segment_q == '0 : fill_q == tile_q.fill);
  sync_fifo #(
    .Width(2 * LW),
    .Depth(16)
  ) u_requests (
    .clk_i,
    .rst_ni,
    .valid_i(request_push),
    .ready_o(requests_room),
    .data_i ({offset_q, tile_q.work ? LW'(row_beats) : tile_q.fill}),
    .valid_o(write_valid_o),
    .ready_i(write_ready_i),
    .data_o (request),
    .level_o(request_level)
  );
  assign {write_offset_o, write_beats_o} = request;
  assign requests_empty = request_level == '0;
  assign status_valid_o = state_q == StStatus && requests_empty;
  assign status_o       = tile_q.bad ? batch_pkg::StatusBadInput : batch_pkg::StatusOk;

  // Where the accumulators of a segment are. Row and column of the tile are those of contexts, rows and segments of the array;
  // in single mode quarter j of the only row is row j.
  if (Quarters == 1) begin : gen_panel
    assign read_segment_o = segment_q;
    assign read_row_o     = row_q[RW-1:0];
    if (RowTiles == 1) begin : gen_one
      assign read_context_o = '0;
    end else begin : gen_more
      assign read_context_o = CW'(row_q >> RW);
    end
  end else begin : gen_quarters
    logic [1:0] quarter;
    assign quarter        = segment_q >> (GW - 32'(Segments == 1));
    assign read_row_o     = tile_q.single ? RW'(quarter) : row_q[RW-1:0];
    assign read_context_o = tile_q.single ? '0 : CW'((32'(row_q) >> RW) * Quarters + 32'(quarter));
    if (Segments == 1) begin : gen_whole
      assign read_segment_o = '0;
    end else begin : gen_part
      assign read_segment_o = segment_q[GW-1:0];
    end
  end
  assign read_bank_o = bank_q;

  // ---- the way out. Stage n follows the reading by n cycles.
  localparam int unsigned StageData = 3;
  localparam int unsigned StageOut  = StageData + RequantLatency;
  // step, emit, work, empty, bias, accumulate, width, segment, segment within its beat, live columns of the segment
  localparam int unsigned TrackWidth = 16;
  logic [TrackWidth-1:0]          track;
  logic [TrackWidth*StageOut-1:0] track_q;
  logic [6:0]                     columns_left;
  logic [4:0]                     live;
  logic [1:0]                     width;
  assign columns_left = tile_q.columns - {1'b0, segment_q, 4'd0};
  assign live         = !tile_q.work ? 5'd0 : columns_left >= 7'd16 ? 5'd16 : columns_left[4:0];
  assign width        = !tile_q.work ? 2'd0 : tile_q.requant16 ? 2'd2 : tile_q.requant8 ? 2'd1 : 2'd0;
  assign track        = {step, step && emit, tile_q.empty, tile_q.bias, needs_sums, width, segment_q, live,
                         parameter_bank_q};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      track_q <= '0;
    end else begin
      track_q <= {track_q[TrackWidth*(StageOut-1)-1:0], track};
    end
  end

  // Stage 2: parameters are asked for. Stage 3: data, parameters and sums are there.
  logic [TrackWidth-1:0] track2, track3, track_out;
  logic                  t2_step, t2_emit, t2_empty, t2_bias, t2_sums;
  logic                  t3_step, t3_emit, t3_empty, t3_bias, t3_sums;
  logic                  to_step, to_emit, to_empty, to_bias, to_sums;
  logic [1:0]            t2_width, t2_segment, t2_bank, t3_width, t3_segment, t3_bank, to_width, to_segment, to_bank;
  logic [4:0]            t2_live, t3_live, to_live;
  assign track2    = track_q[TrackWidth*1+:TrackWidth];
  assign track3    = track_q[TrackWidth*2+:TrackWidth];
  assign track_out = track_q[TrackWidth*(StageOut-1)+:TrackWidth];
  assign {t2_step, t2_emit, t2_empty, t2_bias, t2_sums, t2_width, t2_segment, t2_live, t2_bank} = track2;
  assign {t3_step, t3_emit, t3_empty, t3_bias, t3_sums, t3_width, t3_segment, t3_live, t3_bank} = track3;
  assign {to_step, to_emit, to_empty, to_bias, to_sums, to_width, to_segment, to_live, to_bank} = track_out;
  assign parameter_addr_o = {t2_bank, t2_segment};

  logic [batch_pkg::BeatWidth*StageData-1:0] sums_q;
  always_ff @(posedge clk_i) sums_q <= {sums_q[batch_pkg::BeatWidth*(StageData-1)-1:0], sums_i};

  logic [32*Lanes-1:0] values;
  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lane
    logic [31:0] multiplier;
    logic [7:0]  shift;
    assign multiplier = multiplier_i[32*lane+:32];
    assign shift      = shift_i[8*(Lanes*32'(t3_segment)+lane)+:8];
    logic unused_parameter;
    assign unused_parameter = ^{multiplier[31], shift[7:6]};
    matmul_requant u_requant (
      .clk_i,
      .sum_i       (t3_empty ? 32'd0 : data_i[32*lane+:32]),
      .bias_i      (t3_bias ? bias_i[32*lane+:32] : 32'd0),
      .accumulate_i(t3_sums ? sums_q[batch_pkg::BeatWidth*(StageData-1)+32*lane+:32] : 32'd0),
      .multiplier_i(multiplier[30:0]),
      .shift_i     (shift[5:0]),
      .width_i     (t3_width),
      .value_o     (values[32*lane+:32])
    );
  end

  // Columns beyond the last are zero; then the lanes of a segment move together.
  logic [32*Lanes-1:0] int32s;
  logic [16*Lanes-1:0] int16s;
  logic [8*Lanes-1:0]  int8s;
  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_narrow
    assign int32s[32*lane+:32] = 5'(lane) < to_live ? values[32*lane+:32] : 32'd0;
    assign int16s[16*lane+:16] = int32s[32*lane+:16];
    assign int8s[8*lane+:8]    = int32s[32*lane+:8];
  end

  logic                            push_q;
  logic [batch_pkg::BeatWidth-1:0] beat_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      push_q <= 1'b0;
    end else begin
      push_q <= to_emit;
    end
    if (to_step) begin
      case (to_width)
        2'd1: begin
          if (to_segment == 2'd0) beat_q <= 512'(int8s);
          else beat_q[128*to_segment+:128] <= int8s;
        end
        2'd2: begin
          if (!to_segment[0]) beat_q <= 512'(int16s);
          else beat_q[511:256] <= int16s;
        end
        default: beat_q <= int32s;
      endcase
    end
  end

  // Beats on their way: from the reading until the port takes them.
  logic [5:0] under_way_q;
  logic [5:0] unused_out_level;
  logic       out_ready;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      under_way_q <= '0;
    end else begin
      under_way_q <= under_way_q + 6'(step && emit) - 6'(beat_valid_o && beat_ready_i);
    end
  end
  assign room = under_way_q != 6'(OutDepth);
  sync_fifo #(
    .Width(batch_pkg::BeatWidth),
    .Depth(OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(push_q),
    .ready_o(out_ready),
    .data_i (beat_q),
    .valid_o(beat_valid_o),
    .ready_i(beat_ready_i),
    .data_o (beat_o),
    .level_o(unused_out_level)
  );

  logic unused;
  assign unused = ^{tile_q, out_ready, t2_step, t2_emit, t2_empty, t2_bias, t2_sums, t2_width, t2_live, t3_step, t3_emit, t3_live,
                    t3_bank, to_empty, to_bias, to_sums, to_bank};
endmodule
