// Decides what the array does: walks the tiles, chunk by chunk, and for each chunk all contexts, one pass each; a pass is issued
// step by step. Passes follow each other without a gap while chunks of A and B are there.
//
// A pass takes its steps rounded up to a multiple of four, and at least one cycle for each row that it loads.
// done_o: the last step of a tile was issued. b_release_o, a_release_o: a chunk was used for the last time.
module matmul_sequence #(
  parameter int unsigned Rows     = 16,
  parameter int unsigned Columns  = 16,
  parameter int unsigned RowTiles = 1,
  parameter int unsigned ASlots   = 64,
  localparam int unsigned BlockRows = Rows * RowTiles,
  localparam int unsigned RW = $clog2(BlockRows),
  localparam int unsigned SW = $clog2(ASlots)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      tile_valid_i,
  output logic                      tile_ready_o,
  input  logic [matmul_pkg::ComputeTileWidth-1:0] tile_i,
  input  logic [1:0]                a_arrived_i,
  output logic                      a_release_o,
  input  logic                      b_arrived_i,
  output logic                      b_release_o,
  input  logic                      bank_free_i,   // results of the oldest tile are out of the accumulators
  output logic                      done_o,

  output logic [matmul_pkg::StepWidth-1:0] step_o,
  output logic [SW+RW-1:0]          a_addr_o,      // with step_o
  output logic [8:0]                b_addr_o,      // with step_o
  output logic [15:0]               products_o,    // of this step that belong to the result
  output logic                      busy_o
);
  localparam int unsigned Quarters = matmul_pkg::PanelColumns / Columns;
  localparam int unsigned RowBits = $clog2(Rows);
  localparam int unsigned ColumnBits = $clog2(Columns);
  localparam int unsigned TW = RW - RowBits == 0 ? 1 : RW - RowBits;  // of a row tile's number

  // ---- passes, one after the other
  matmul_pkg::compute_tile_t tile, tile_q;  // on offer; taken
  assign tile = tile_i;
  logic          have_q, bank_q;
  logic [11:0]   chunk_q;
  logic [TW-1:0] row_tile_q;
  logic [1:0]    quarter_q;
  logic [SW-1:0] a_slot_q, a_base_q, a_next_q;  // of this chunk; of this block's first; of the next that arrives
  logic [2:0]    b_slot_q;
  logic [SW:0]   a_ready_q;
  logic [3:0]    b_ready_q;
  logic [1:0]    banks_q;                       // free ones
  logic          pass_valid, pass_taken, first_pass, last_row_tile, last_quarter, last_pass, last_chunk, ready;

  logic [7:0] rows_left;
  logic [6:0] columns_left;
  assign rows_left     = tile_q.rows - (8'(row_tile_q) << RowBits);
  assign columns_left  = tile_q.columns - 7'(8'(quarter_q) << ColumnBits);
  assign first_pass    = row_tile_q == '0 && quarter_q == '0;
  assign last_row_tile = rows_left <= 8'(Rows);
  assign last_quarter  = tile_q.single || columns_left <= 7'(Columns);
  assign last_pass     = last_row_tile && last_quarter;
  assign last_chunk    = chunk_q + 12'd1 == tile_q.chunks;
  assign ready         = b_ready_q != '0 && (!tile_q.load || a_ready_q != '0) && (chunk_q != '0 || banks_q != '0);
  assign pass_valid    = have_q && (!first_pass || ready);
  assign tile_ready_o  = !have_q;

  logic take_tile, begin_chunk, end_chunk;
  assign take_tile   = tile_valid_i && tile_ready_o;
  assign begin_chunk = pass_taken && first_pass;
  assign end_chunk   = pass_taken && last_pass;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      have_q    <= 1'b0;
      bank_q    <= 1'b0;
      a_base_q  <= '0;
      a_next_q  <= '0;
      a_ready_q <= '0;
      b_slot_q  <= '0;
      b_ready_q <= '0;
      banks_q   <= 2'd2;
    end else begin
      have_q <= take_tile || (have_q && !(end_chunk && last_chunk));
      if (end_chunk && last_chunk) begin
        bank_q <= !bank_q;
      end
      if (take_tile && tile.load) begin
        a_base_q <= a_next_q;
        a_next_q <= a_next_q + SW'(tile.chunks);
      end
      if (end_chunk) begin
        b_slot_q <= b_slot_q + 3'd1;
      end
      a_ready_q <= a_ready_q + (SW + 1)'(a_arrived_i) - (SW + 1)'(begin_chunk && tile_q.load);
      b_ready_q <= b_ready_q + 4'(b_arrived_i) - 4'(begin_chunk);
      banks_q   <= banks_q + 2'(bank_free_i) - 2'(begin_chunk && chunk_q == '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_tile) begin
      tile_q     <= tile;
      chunk_q    <= '0;
      row_tile_q <= '0;
      quarter_q  <= '0;
      a_slot_q   <= tile.load ? a_next_q : a_base_q;
    end else if (end_chunk) begin
      chunk_q    <= chunk_q + 12'd1;
      row_tile_q <= '0;
      quarter_q  <= '0;
      a_slot_q   <= a_slot_q + SW'(1);
    end else if (pass_taken) begin
      row_tile_q <= last_quarter ? row_tile_q + TW'(1) : row_tile_q;
      quarter_q  <= last_quarter ? '0 : quarter_q + 2'd1;
    end
  end

  logic [6:0] steps, loads, pass_rows;
  logic [6:0] pass_columns;
  assign pass_rows    = last_row_tile ? rows_left[6:0] : 7'(Rows);
  assign pass_columns = tile_q.single ? tile_q.columns : last_quarter ? columns_left : 7'(Columns);
  assign steps        = last_chunk ? tile_q.last_inner : 7'd64;
  assign loads        = tile_q.single ? 7'(Quarters) : pass_rows;

  // ---- the pass that is issued
  logic          active_q, single_q, first_q, pass_bank_q, end_q, a_end_q, done_q;
  logic [5:0]    index_q, length_q;  // length: steps - 1
  logic [6:0]    steps_q;
  logic [1:0]    pass_quarter_q;
  logic [2:0]    context_q;
  logic [SW-1:0] pass_slot_q;
  logic [TW-1:0] pass_row_tile_q;
  logic [2:0]    pass_b_slot_q;
  logic [15:0]   pass_products_q;
  logic          finish;
  assign finish     = active_q && index_q == length_q;
  assign pass_taken = pass_valid && (!active_q || finish);

  logic [6:0] longest;
  assign longest = steps > loads ? steps : loads;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else begin
      active_q <= pass_taken || (active_q && !finish);
    end
    index_q <= pass_taken ? '0 : index_q + 6'd1;
    if (pass_taken) begin
      length_q        <= 6'(longest - 7'd1) | 6'd3;
      steps_q         <= steps;
      single_q        <= tile_q.single;
      first_q         <= chunk_q == '0;
      pass_bank_q     <= bank_q;
      pass_quarter_q  <= quarter_q;
      context_q       <= 3'(32'(row_tile_q) * Quarters + 32'(quarter_q));
      pass_slot_q     <= a_slot_q;
      pass_row_tile_q <= row_tile_q;
      pass_b_slot_q   <= b_slot_q;
      pass_products_q <= tile_q.single ? 16'(pass_columns) : 16'(pass_rows) * 16'(pass_columns);
      end_q           <= last_pass;
      a_end_q         <= last_pass && tile_q.release_a;
      done_q          <= last_pass && last_chunk;
    end
  end

  matmul_pkg::step_t step;
  assign step_o = step;
  always_comb begin
    step.valid         = active_q;
    step.index         = index_q;
    step.live          = {1'b0, index_q} < steps_q;
    step.first         = first_q;
    step.single        = single_q;
    step.quarter       = pass_quarter_q;
    step.bank          = pass_bank_q;
    step.context_index = context_q;
  end
  assign products_o  = active_q && step.live ? pass_products_q : '0;
  assign busy_o      = active_q || have_q;
  assign b_addr_o    = {pass_b_slot_q, index_q};
  assign b_release_o = finish && end_q;
  assign a_release_o = finish && a_end_q;
  assign done_o      = finish && done_q;

  logic [RowBits-1:0] row;
  assign row = single_q ? '0 : index_q[RowBits-1:0];
  if (RowTiles == 1) begin : gen_one
    logic unused_row_tile;
    assign unused_row_tile = ^pass_row_tile_q;
    assign a_addr_o = {pass_slot_q, row};
  end else begin : gen_more
    assign a_addr_o = {pass_slot_q, pass_row_tile_q, row};
  end
endmodule
