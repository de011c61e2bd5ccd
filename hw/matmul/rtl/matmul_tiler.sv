// Cuts an item into tiles: blocks of Rows · RowTiles rows, each walked through all panels of 64 columns. For each tile there is
// a record for whoever reads A, reads B, computes, and writes results; a record is given out when all four can take it.
//
// A stays on the chip for all panels of a block if its chunks fit into ASlots; else it is read again for each panel.
// An item without work is one record for the writer of results: zeros where it is bad and has a place, nothing where it is empty.
// throughput  one tile every two cycles
module matmul_tiler #(
  parameter int unsigned Rows     = 16,
  parameter int unsigned RowTiles = 1,
  parameter int unsigned Columns  = 16,
  parameter int unsigned ASlots   = 64
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        job_valid_i,
  output logic                        job_ready_o,
  input  logic [matmul_pkg::JobWidth-1:0] job_i,

  output logic                        rows_valid_o,
  output logic [matmul_pkg::RowsTileWidth-1:0] rows_tile_o,
  output logic                        weights_valid_o,
  output logic [matmul_pkg::WeightsTileWidth-1:0] weights_tile_o,
  output logic                        compute_valid_o,
  output logic [matmul_pkg::ComputeTileWidth-1:0] compute_tile_o,
  output logic                        result_valid_o,
  output logic [matmul_pkg::ResultTileWidth-1:0] result_tile_o,
  input  logic                        ready_i            // all four can take one
);
  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned BlockRows = Rows * RowTiles;
  localparam int unsigned BlockBits = $clog2(BlockRows);

  logic             busy_q;
  matmul_pkg::job_t job;
  assign job = job_i;
  matmul_pkg::job_t job_q;
  logic [31:0]      rows_left_q, columns_left_q;
  logic [LW-1:0]    a_beat_q, sums_block_q, sums_beat_q, result_block_q, result_beat_q;
  logic [AW-1:0]    b_addr_q, bias_addr_q, multiplier_addr_q, shift_addr_q;

  logic [11:0]   chunks;
  logic [LW-1:0] sum_beats, row_beats;
  logic [2:0]    panel_beats;  // of a row of the result in a full panel
  assign chunks      = 12'((18'(job_q.inner) + 18'd63) >> 6);
  assign sum_beats   = LW'((33'(job_q.columns) + 33'd15) >> 4);
  assign row_beats   = job_q.requant16 ? LW'((33'(job_q.columns) + 33'd31) >> 5) :
                       job_q.requant8 ? LW'((33'(job_q.columns) + 33'd63) >> 6) : sum_beats;
  assign panel_beats = job_q.requant16 ? 3'd2 : job_q.requant8 ? 3'd1 : 3'd4;

  logic       work, first_block, last_block, last_panel, first_panel, last, stays, step;
  logic [7:0] rows;
  logic [6:0] columns;
  assign work        = job_q.good && job_q.rows != '0 && job_q.columns != '0;
  assign first_block = rows_left_q == job_q.rows;
  assign last_block  = rows_left_q <= 32'(BlockRows);
  assign last_panel  = columns_left_q <= 32'd64;
  assign first_panel = columns_left_q == job_q.columns;
  assign rows        = last_block ? rows_left_q[7:0] : 8'(BlockRows);
  assign columns     = last_panel ? columns_left_q[6:0] : 7'd64;
  assign stays       = 32'(chunks) <= ASlots;
  assign last        = !work || (last_block && last_panel);
  assign step        = busy_q && ready_i;
  assign job_ready_o = !busy_q;
  logic unused_job;
  assign unused_job = ^job_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
    end else begin
      busy_q <= busy_q ? !(step && last) : job_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      job_q             <= job;
      rows_left_q       <= job.rows;
      columns_left_q    <= job.columns;
      a_beat_q          <= job.a_beat;
      sums_block_q      <= job.accumulate_beat;
      sums_beat_q       <= job.accumulate_beat;
      result_block_q    <= job.result_beat;
      result_beat_q     <= job.result_beat;
      b_addr_q          <= job.b_addr;
      bias_addr_q       <= job.bias_addr;
      multiplier_addr_q <= job.multiplier_addr;
      shift_addr_q      <= job.shift_addr;
    end else if (step && last_panel) begin
      rows_left_q       <= rows_left_q - 32'(BlockRows);
      columns_left_q    <= job_q.columns;
      a_beat_q          <= a_beat_q + (LW'(chunks) << BlockBits);
      sums_block_q      <= sums_block_q + (sum_beats << BlockBits);
      sums_beat_q       <= sums_block_q + (sum_beats << BlockBits);
      result_block_q    <= result_block_q + (row_beats << BlockBits);
      result_beat_q     <= result_block_q + (row_beats << BlockBits);
      b_addr_q          <= job_q.b_addr;
      bias_addr_q       <= job_q.bias_addr;
      multiplier_addr_q <= job_q.multiplier_addr;
      shift_addr_q      <= job_q.shift_addr;
    end else if (step) begin
      columns_left_q    <= columns_left_q - 32'd64;
      sums_beat_q       <= sums_beat_q + LW'(4);
      result_beat_q     <= result_beat_q + LW'(panel_beats);
      b_addr_q          <= b_addr_q + AW'(job_q.inner);
      bias_addr_q       <= bias_addr_q + AW'(4);
      multiplier_addr_q <= multiplier_addr_q + AW'(4);
      shift_addr_q      <= shift_addr_q + AW'(1);
    end
  end

  logic computed, reads_a, single;
  assign computed = work && chunks != '0;
  assign single   = Columns < matmul_pkg::PanelColumns && job_q.rows == 32'd1;
  assign reads_a  = computed && (first_panel || !stays);

  logic [2:0] segments;
  assign segments        = 3'((columns + 7'd15) >> 4);
  assign rows_valid_o    = step && work && (reads_a || job_q.accumulate);
  assign weights_valid_o = step && work;
  assign compute_valid_o = step && computed;
  assign result_valid_o  = step;

  matmul_pkg::rows_tile_t    rows_tile;
  matmul_pkg::weights_tile_t weights_tile;
  matmul_pkg::compute_tile_t compute_tile;
  matmul_pkg::result_tile_t  result_tile;
  assign rows_tile_o    = rows_tile;
  assign weights_tile_o = weights_tile;
  assign compute_tile_o = compute_tile;
  assign result_tile_o  = result_tile;
  always_comb begin
    rows_tile.load              = reads_a;
    rows_tile.first             = first_panel;
    rows_tile.rows              = rows;
    rows_tile.chunks            = chunks;
    rows_tile.a_beat            = a_beat_q;
    rows_tile.accumulate        = job_q.accumulate;
    rows_tile.segments          = segments;
    rows_tile.accumulate_beat   = sums_beat_q;
    rows_tile.accumulate_stride = sum_beats;

    weights_tile.counts          = first_block && !job_q.resident;
    weights_tile.inner           = job_q.inner;
    weights_tile.b_addr          = b_addr_q;
    weights_tile.segments        = segments;
    weights_tile.bias            = job_q.bias;
    weights_tile.bias_addr       = bias_addr_q;
    weights_tile.requant         = job_q.requant8 || job_q.requant16;
    weights_tile.multiplier_addr = multiplier_addr_q;
    weights_tile.shift_addr      = shift_addr_q;

    compute_tile.rows       = rows;
    compute_tile.columns    = columns;
    compute_tile.chunks     = chunks;
    compute_tile.last_inner = job_q.inner[5:0] == '0 ? 7'd64 : {1'b0, job_q.inner[5:0]};
    compute_tile.load       = reads_a;
    compute_tile.release_a  = last_panel || !stays;
    compute_tile.single     = single;

    result_tile.work          = work;
    result_tile.last          = last;
    result_tile.bad           = !job_q.good;
    result_tile.empty         = chunks == '0;
    result_tile.single        = single;
    result_tile.rows          = rows;
    result_tile.columns       = columns;
    result_tile.bias          = job_q.bias;
    result_tile.accumulate    = job_q.accumulate;
    result_tile.requant8      = job_q.requant8;
    result_tile.requant16     = job_q.requant16;
    result_tile.result_beat   = result_beat_q;
    result_tile.result_stride = row_beats;
    result_tile.fill          = !job_q.good && job_q.placed ? job_q.result_beats : '0;
  end
endmodule
