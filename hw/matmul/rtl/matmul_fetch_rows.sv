// Reads A, and the sums to add, of one tile after the other, and puts them where the array and the writer of results find them.
//
// A goes into a ring of ASlots slots, a chunk of all rows of a block each. Two chunks are read at a time, so that bursts have two
// beats and a port with 64 bursts under way and 100 cycles of latency is kept busy. Slots are given back in order.
module matmul_fetch_rows #(
  parameter int unsigned BlockRows = 16,
  parameter int unsigned ASlots    = 64,
  localparam int unsigned RW = $clog2(BlockRows),
  localparam int unsigned SW = $clog2(ASlots)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              tile_valid_i,
  output logic                              tile_ready_o,
  input  logic [matmul_pkg::RowsTileWidth-1:0] tile_i,

  output logic                              read_valid_o,
  input  logic                              read_ready_i,
  output logic [batch_pkg::LengthWidth-1:0] read_offset_o,
  output logic [batch_pkg::LengthWidth-1:0] read_beats_o,
  output logic                              read_counts_o,
  input  logic                              data_valid_i,
  output logic                              data_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   data_i,

  // memory of A
  output logic                              write_o,
  output logic [SW+RW-1:0]                  write_addr_o,  // slot, row
  output logic [batch_pkg::BeatWidth-1:0]   write_data_o,
  output logic [1:0]                        arrived_o,     // chunks that are complete
  input  logic                              release_i,     // the oldest chunk is not needed any more
  // sums to add
  output logic                              sums_valid_o,
  input  logic                              sums_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]   sums_o
);
  localparam int unsigned LW = batch_pkg::LengthWidth;

  // Asking.
  typedef enum logic [1:0] {
    StIdle,
    StRoom,
    StRows,
    StSums
  } state_e;
  state_e                 state_q;
  matmul_pkg::rows_tile_t tile, tile_q;  // on offer; taken
  assign tile = tile_i;
  logic [11:0]            chunk_q;
  logic [7:0]             row_q;
  logic [SW-1:0]          slot_q;
  logic [SW:0]            free_q;
  logic [LW-1:0]          beat_q;   // of the row that is asked for
  logic                   pair, last_row, ask, order_ready;
  logic unused_tile;
  assign unused_tile  = ^tile_q;
  assign pair         = chunk_q + 12'd1 < tile_q.chunks;
  assign last_row     = row_q + 8'd1 == tile_q.rows;
  assign tile_ready_o = state_q == StIdle;
  assign ask          = (state_q == StRows || state_q == StSums) && order_ready && read_ready_i;

  assign read_valid_o  = (state_q == StRows || state_q == StSums) && order_ready;
  assign read_offset_o = beat_q;
  assign read_counts_o = state_q == StSums || tile_q.first;
  assign read_beats_o  = state_q == StSums ? LW'(tile_q.segments) : pair ? LW'(2) : LW'(1);

  logic [SW:0] pair_slots;
  logic        chunks_end;
  assign pair_slots = pair ? (SW + 1)'(2) : (SW + 1)'(1);
  assign chunks_end = chunk_q + (pair ? 12'd2 : 12'd1) >= tile_q.chunks;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      slot_q  <= '0;
      free_q  <= (SW + 1)'(ASlots);
    end else begin
      unique case (state_q)
        StIdle:  if (tile_valid_i) state_q <= tile.load ? StRoom : StSums;
        StRoom:  if (free_q >= pair_slots) state_q <= StRows;
        StRows:  if (ask && last_row) state_q <= !chunks_end ? StRoom : tile_q.accumulate ? StSums : StIdle;
        StSums:  if (ask && last_row) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
      if (state_q == StRows && ask && last_row) begin
        slot_q <= slot_q + pair_slots[SW-1:0];
      end
      free_q <= free_q + (SW + 1)'(release_i) - (state_q == StRows && ask && last_row ? pair_slots : '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      tile_q  <= tile;
      chunk_q <= '0;
      row_q   <= '0;
      beat_q  <= tile.load ? tile.a_beat : tile.accumulate_beat;
    end else if (ask && last_row) begin
      row_q   <= '0;
      chunk_q <= chunk_q + 12'd2;
      beat_q  <= chunks_end ? tile_q.accumulate_beat : tile_q.a_beat + LW'(chunk_q) + LW'(2);
    end else if (ask) begin
      row_q  <= row_q + 8'd1;
      beat_q <= beat_q + (state_q == StSums ? tile_q.accumulate_stride : LW'(tile_q.chunks));
    end
  end

  // What comes, in the same order.
  localparam int unsigned OrderWidth = 1 + 2 + 1 + 1 + SW + RW;  // sums, beats - 1, pair, last row, slot, row
  logic [OrderWidth-1:0] order_in, order_out;
  logic                  order_valid, order_next;
  logic [7:0]            unused_order_level;
  logic                  out_sums, out_pair, out_last;
  logic [1:0]            out_beats, beat_index_q;
  logic [SW-1:0]         out_slot;
  logic [RW-1:0]         out_row;
  assign order_in = {state_q == StSums, state_q == StSums ? 2'(tile_q.segments - 3'd1) : {1'b0, pair}, pair, last_row,
                     slot_q, row_q[RW-1:0]};
  assign {out_sums, out_beats, out_pair, out_last, out_slot, out_row} = order_out;
  sync_fifo #(
    .Width(OrderWidth),
    .Depth(128)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(ask),
    .ready_o(order_ready),
    .data_i (order_in),
    .valid_o(order_valid),
    .ready_i(order_next),
    .data_o (order_out),
    .level_o(unused_order_level)
  );

  logic beat, last_beat;
  assign data_ready_o = order_valid && (!out_sums || sums_room);
  assign beat         = data_valid_i && data_ready_o;
  assign last_beat    = beat_index_q == out_beats;
  assign order_next   = beat && last_beat;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_index_q <= '0;
    end else if (beat) begin
      beat_index_q <= last_beat ? '0 : beat_index_q + 2'd1;
    end
  end

  logic       write_q;
  logic [1:0] arrived_q;
  logic [SW+RW-1:0]                write_addr_q;
  logic [batch_pkg::BeatWidth-1:0] write_data_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q   <= 1'b0;
      arrived_q <= '0;
    end else begin
      write_q   <= beat && !out_sums;
      arrived_q <= order_next && !out_sums && out_last ? (out_pair ? 2'd2 : 2'd1) : 2'd0;
    end
    write_addr_q <= {out_slot + SW'(beat_index_q), out_row};
    write_data_q <= data_i;
  end
  assign write_o      = write_q;
  assign write_addr_o = write_addr_q;
  assign write_data_o = write_data_q;
  assign arrived_o    = arrived_q;

  logic       sums_room;
  logic [7:0] unused_sums_level;
  sync_fifo #(
    .Width(batch_pkg::BeatWidth),
    .Depth(128)
  ) u_sums (
    .clk_i,
    .rst_ni,
    .valid_i(data_valid_i && order_valid && out_sums),
    .ready_o(sums_room),
    .data_i,
    .valid_o(sums_valid_o),
    .ready_i(sums_ready_i),
    .data_o (sums_o),
    .level_o(unused_sums_level)
  );
endmodule
