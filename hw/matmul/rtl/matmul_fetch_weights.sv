// Reads B, and bias, multipliers and shifts of its columns, of one tile after the other. Both come as streams of their own:
// B fills a ring of chunks, the parameters one of matmul_pkg::ParameterBanks banks.
//
// A bank is taken when a tile is begun and given back when its results are out (done_i), so up to four tiles are under way.
module matmul_fetch_weights (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                tile_valid_i,
  output logic                                tile_ready_o,
  input  logic [matmul_pkg::WeightsTileWidth-1:0] tile_i,

  output logic                                read_counts_o,  // of both
  output logic                                b_read_valid_o,
  input  logic                                b_read_ready_i,
  output logic [batch_pkg::BeatAddrWidth-1:0] b_read_addr_o,
  output logic [batch_pkg::LengthWidth-1:0]   b_read_beats_o,
  input  logic                                b_valid_i,
  output logic                                b_ready_o,
  output logic                                parameter_read_valid_o,
  input  logic                                parameter_read_ready_i,
  output logic [batch_pkg::BeatAddrWidth-1:0] parameter_read_addr_o,
  output logic [batch_pkg::LengthWidth-1:0]   parameter_read_beats_o,
  input  logic                                parameter_valid_i,
  output logic                                parameter_ready_o,

  // ring of B, written with the beats as they come
  output logic                                b_write_o,
  output logic [8:0]                          b_write_addr_o,      // slot, k
  output logic                                b_arrived_o,         // a chunk is complete
  input  logic                                b_release_i,         // the oldest one is not needed any more
  // banks of parameters, likewise; one kind each
  output logic [2:0]                          parameter_write_o,   // bias, multiplier, shift
  output logic [3:0]                          parameter_addr_o,    // bank, segment
  output logic [2:0]                          parameters_ready_o,  // banks whose parameters are all there
  input  logic                                done_i               // the oldest bank is free
);
  localparam int unsigned LW = batch_pkg::LengthWidth;

  typedef enum logic [2:0] {
    StIdle,
    StBias,
    StMultiplier,
    StShift,
    StParameters,
    StB
  } state_e;
  state_e                    state_q;
  matmul_pkg::weights_tile_t tile, tile_q;  // on offer; taken
  assign tile = tile_i;
  logic [1:0]                bank_q;
  logic [2:0]                free_q;  // banks
  logic                      order_ready, inner_ready, ask_parameter, ask_b, begin_tile, no_b;
  logic unused_tile;
  assign unused_tile   = ^tile_q;
  assign no_b          = tile_q.inner == '0;
  assign begin_tile    = state_q == StIdle && tile_valid_i && free_q != '0;
  assign tile_ready_o  = state_q == StIdle && free_q != '0;
  assign ask_parameter = parameter_read_valid_o && parameter_read_ready_i;
  assign ask_b         = b_read_valid_o && b_read_ready_i;

  assign parameter_read_valid_o = (state_q == StBias || state_q == StMultiplier || state_q == StShift) && order_ready;
  assign parameter_read_addr_o  = state_q == StBias ? tile_q.bias_addr :
                                  state_q == StMultiplier ? tile_q.multiplier_addr : tile_q.shift_addr;
  assign parameter_read_beats_o = state_q == StShift ? LW'(1) : LW'(tile_q.segments);
  assign read_counts_o  = tile_q.counts;
  assign b_read_valid_o = state_q == StB && inner_ready;
  assign b_read_addr_o  = tile_q.b_addr;
  assign b_read_beats_o = LW'(tile_q.inner);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      bank_q  <= '0;
      free_q  <= 3'(matmul_pkg::ParameterBanks);
    end else begin
      unique case (state_q)
        StIdle:       if (begin_tile) state_q <= tile.bias ? StBias : tile.requant ? StMultiplier : StParameters;
        StBias:       if (ask_parameter) state_q <= tile_q.requant ? StMultiplier : StParameters;
        StMultiplier: if (ask_parameter) state_q <= StShift;
        StShift:      if (ask_parameter) state_q <= StParameters;
        StParameters: if (order_ready) state_q <= no_b ? StIdle : StB;
        StB:          if (ask_b) state_q <= StIdle;
        default:      state_q <= StIdle;
      endcase
      if (state_q == StParameters && order_ready) begin
        bank_q <= bank_q + 2'd1;
      end
      free_q <= free_q + 3'(done_i) - 3'(begin_tile);
    end
    if (state_q == StIdle) begin
      tile_q <= tile;
    end
  end

  // Parameters as they come: kind, beats, bank. Kind 3 says that a bank has all of its parameters, and has no beats.
  logic [6:0] order_in, order_out;
  logic       order_valid, order_next, order_push;
  logic [1:0] in_kind, out_kind, out_bank, index_q;
  logic [2:0] out_beats;
  logic [4:0] unused_order_level;
  assign in_kind    = state_q == StBias ? 2'd0 : state_q == StMultiplier ? 2'd1 : state_q == StShift ? 2'd2 : 2'd3;
  assign order_in   = {in_kind, state_q == StShift ? 3'd1 : tile_q.segments, bank_q};
  assign order_push = ask_parameter || (state_q == StParameters && order_ready);
  assign {out_kind, out_beats, out_bank} = order_out;
  sync_fifo #(
    .Width(7),
    .Depth(16)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(order_push),
    .ready_o(order_ready),
    .data_i (order_in),
    .valid_o(order_valid),
    .ready_i(order_next),
    .data_o (order_out),
    .level_o(unused_order_level)
  );

  logic parameter_beat, parameter_last, complete;
  assign parameter_ready_o = order_valid && out_kind != 2'd3;
  assign parameter_beat    = parameter_valid_i && parameter_ready_o;
  assign parameter_last    = 3'(index_q) + 3'd1 == out_beats;
  assign complete          = order_valid && out_kind == 2'd3;
  assign order_next        = complete || (parameter_beat && parameter_last);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      index_q <= '0;
    end else if (parameter_beat) begin
      index_q <= parameter_last ? '0 : index_q + 2'd1;
    end
  end
  assign parameter_write_o = parameter_beat ? 3'd1 << out_kind : '0;
  assign parameter_addr_o  = {out_bank, index_q};

  logic [2:0] complete_q;  // banks that are complete and not done
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      complete_q <= '0;
    end else begin
      complete_q <= complete_q + 3'(complete) - 3'(done_i);
    end
  end
  assign parameters_ready_o = complete_q;

  // B as it comes. The inner dimension of each tile, to know where its chunks end.
  logic        inner_valid, inner_next;
  logic [16:0] inner, k_q;
  logic [2:0]  unused_inner_level;
  sync_fifo #(
    .Width(17),
    .Depth(4)
  ) u_inner (
    .clk_i,
    .rst_ni,
    .valid_i(ask_b),
    .ready_o(inner_ready),
    .data_i (tile_q.inner),
    .valid_o(inner_valid),
    .ready_i(inner_next),
    .data_o (inner),
    .level_o(unused_inner_level)
  );

  logic [2:0] slot_q;
  logic [3:0] held_q;  // slots that hold a chunk or part of one
  logic       b_beat, b_last, chunk_begin, chunk_end;
  assign chunk_begin = k_q[5:0] == '0;
  assign b_ready_o   = inner_valid && (!chunk_begin || held_q != 4'(matmul_pkg::ChunkSlots));
  assign b_beat      = b_valid_i && b_ready_o;
  assign b_last      = k_q + 17'd1 == inner;
  assign chunk_end   = b_beat && (b_last || k_q[5:0] == '1);
  assign inner_next  = b_beat && b_last;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      k_q    <= '0;
      slot_q <= '0;
      held_q <= '0;
    end else begin
      if (b_beat) begin
        k_q <= b_last ? '0 : k_q + 17'd1;
      end
      slot_q <= slot_q + 3'(chunk_end);
      held_q <= held_q + 4'(b_beat && chunk_begin) - 4'(b_release_i);
    end
  end
  assign b_write_o      = b_beat;
  assign b_write_addr_o = {slot_q, k_q[5:0]};
  assign b_arrived_o    = chunk_end;
endmodule
