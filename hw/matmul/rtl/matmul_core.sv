// Matrix products of a batch, without the ports: descriptors in, requests for reads, results with their places out.
// README.md has the diagram.
//
// Rows, Columns: of the array. RowTiles: blocks of Rows rows that share one pass over B. ABeats: beats of A that are held.
module matmul_core #(
  parameter int unsigned Rows     = 16,
  parameter int unsigned Columns  = 16,
  parameter int unsigned RowTiles = 1,
  parameter int unsigned ABeats   = 1024
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  // in beats
  input  logic [batch_pkg::BeatAddrWidth-1:0] input_addr_i,
  input  logic [batch_pkg::BeatAddrWidth-1:0] resident_addr_i,
  input  logic [batch_pkg::BeatAddrWidth-1:0] resident_beats_i,
  input  logic [batch_pkg::LengthWidth-1:0]   data_begin_i,
  input  logic [batch_pkg::LengthWidth-1:0]   data_end_i,
  input  logic [batch_pkg::LengthWidth-1:0]   results_i,

  input  logic                                descriptor_valid_i,
  output logic                                descriptor_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     descriptor_i,
  // A and sums, from the input buffer
  output logic                                read_valid_o,
  input  logic                                read_ready_i,
  output logic [batch_pkg::LengthWidth-1:0]   read_offset_o,
  output logic [batch_pkg::LengthWidth-1:0]   read_beats_o,
  output logic                                read_counts_o,  // in the checksum of the input
  input  logic                                data_valid_i,
  output logic                                data_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     data_i,
  // B and parameters, by address
  output logic                                weights_count_o,
  output logic                                b_read_valid_o,
  input  logic                                b_read_ready_i,
  output logic [batch_pkg::BeatAddrWidth-1:0] b_read_addr_o,
  output logic [batch_pkg::LengthWidth-1:0]   b_read_beats_o,
  input  logic                                b_valid_i,
  output logic                                b_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     b_i,
  output logic                                parameter_read_valid_o,
  input  logic                                parameter_read_ready_i,
  output logic [batch_pkg::BeatAddrWidth-1:0] parameter_read_addr_o,
  output logic [batch_pkg::LengthWidth-1:0]   parameter_read_beats_o,
  input  logic                                parameter_valid_i,
  output logic                                parameter_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     parameter_i,
  // results
  output logic                                write_valid_o,
  input  logic                                write_ready_i,
  output logic [batch_pkg::LengthWidth-1:0]   write_offset_o,
  output logic [batch_pkg::LengthWidth-1:0]   write_beats_o,
  output logic                                beat_valid_o,
  input  logic                                beat_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]     beat_o,
  output logic                                status_valid_o,
  input  logic                                status_ready_i,
  output logic [7:0]                          status_o,
  // for counters
  output logic                                step_o,       // the array takes a step
  output logic [15:0]                         products_o,   // that belong to a result, in this cycle
  output logic                                busy_o
);
  localparam int unsigned BlockRows = Rows * RowTiles;
  localparam int unsigned ASlots = ABeats / BlockRows;
  localparam int unsigned RW = $clog2(BlockRows);
  localparam int unsigned SW = $clog2(ASlots);
  localparam int unsigned Quarters = matmul_pkg::PanelColumns / Columns;
  localparam int unsigned Contexts = RowTiles * Quarters;
  localparam int unsigned CW = Contexts == 1 ? 1 : $clog2(Contexts);
  localparam int unsigned ArrayRW = $clog2(Rows);
  localparam int unsigned Segments = Columns / matmul_pkg::Lanes;
  localparam int unsigned GW = Segments == 1 ? 1 : $clog2(Segments);
  localparam int unsigned ComputeLatency = 12;  // from a tile's last step until its first row can be read

  if (Rows < 8 || Rows > 64 || BlockRows > 128 || Columns < 16 || Columns > 64 || Contexts > 8 ||
      ASlots < 2) begin : gen_parameter_check
    $error("Rows: 8 to 64; Columns: 16, 32 or 64; at most 8 contexts; ABeats: two chunks at least; all powers of two");
  end

  if (matmul_pkg::LW != batch_pkg::LengthWidth || matmul_pkg::AW != batch_pkg::BeatAddrWidth) begin : gen_width_check
    $error("matmul_pkg and batch_pkg differ");
  end

  // Items.
  logic                            job_valid, job_ready;
  logic [matmul_pkg::JobWidth-1:0] job;
  matmul_check u_check (
    .clk_i,
    .rst_ni,
    .input_addr_i,
    .resident_addr_i,
    .resident_beats_i,
    .data_begin_i,
    .data_end_i,
    .results_i,
    .descriptor_valid_i,
    .descriptor_ready_o,
    .descriptor_i,
    .job_valid_o       (job_valid),
    .job_ready_i       (job_ready),
    .job_o             (job)
  );

  // Tiles, to four that go at their own pace.
  localparam int unsigned Ahead = 4;
  logic                      rows_push, weights_push, compute_push, result_push;
  logic                      rows_room, weights_room, compute_room, result_room;
  logic                      rows_valid, weights_valid, compute_valid, result_valid;
  logic                      rows_ready, weights_ready, compute_ready, result_ready;
  logic [matmul_pkg::RowsTileWidth-1:0] rows_in, rows_out;
  logic [matmul_pkg::WeightsTileWidth-1:0] weights_in, weights_out;
  logic [matmul_pkg::ComputeTileWidth-1:0] compute_in, compute_out;
  logic [matmul_pkg::ResultTileWidth-1:0] result_in, result_out;
  logic [$clog2(Ahead+1)-1:0] unused_rows_level, unused_weights_level, unused_compute_level, unused_result_level;
  matmul_tiler #(
    .Rows    (Rows),
    .RowTiles(RowTiles),
    .Columns (Columns),
    .ASlots  (ASlots)
  ) u_tiler (
    .clk_i,
    .rst_ni,
    .job_valid_i    (job_valid),
    .job_ready_o    (job_ready),
    .job_i          (job),
    .rows_valid_o   (rows_push),
    .rows_tile_o    (rows_in),
    .weights_valid_o(weights_push),
    .weights_tile_o (weights_in),
    .compute_valid_o(compute_push),
    .compute_tile_o (compute_in),
    .result_valid_o (result_push),
    .result_tile_o  (result_in),
    .ready_i        (rows_room && weights_room && compute_room && result_room)
  );
  sync_fifo #(.Width(matmul_pkg::RowsTileWidth), .Depth(Ahead)) u_rows_tiles (
    .clk_i, .rst_ni, .valid_i(rows_push), .ready_o(rows_room), .data_i(rows_in),
    .valid_o(rows_valid), .ready_i(rows_ready), .data_o(rows_out), .level_o(unused_rows_level)
  );
  sync_fifo #(.Width(matmul_pkg::WeightsTileWidth), .Depth(Ahead)) u_weights_tiles (
    .clk_i, .rst_ni, .valid_i(weights_push), .ready_o(weights_room), .data_i(weights_in),
    .valid_o(weights_valid), .ready_i(weights_ready), .data_o(weights_out), .level_o(unused_weights_level)
  );
  sync_fifo #(.Width(matmul_pkg::ComputeTileWidth), .Depth(Ahead)) u_compute_tiles (
    .clk_i, .rst_ni, .valid_i(compute_push), .ready_o(compute_room), .data_i(compute_in),
    .valid_o(compute_valid), .ready_i(compute_ready), .data_o(compute_out), .level_o(unused_compute_level)
  );
  sync_fifo #(.Width(matmul_pkg::ResultTileWidth), .Depth(Ahead)) u_result_tiles (
    .clk_i, .rst_ni, .valid_i(result_push), .ready_o(result_room), .data_i(result_in),
    .valid_o(result_valid), .ready_i(result_ready), .data_o(result_out), .level_o(unused_result_level)
  );

  // A and the sums to add.
  logic                            a_write, a_release, sums_valid, sums_ready;
  logic [SW+RW-1:0]                a_write_addr, a_read_addr;
  logic [batch_pkg::BeatWidth-1:0] a_write_data, a_word, sums;
  logic [1:0]                      a_arrived;
  matmul_fetch_rows #(
    .BlockRows(BlockRows),
    .ASlots   (ASlots)
  ) u_fetch_rows (
    .clk_i,
    .rst_ni,
    .tile_valid_i(rows_valid),
    .tile_ready_o(rows_ready),
    .tile_i      (rows_out),
    .read_valid_o,
    .read_ready_i,
    .read_offset_o,
    .read_beats_o,
    .read_counts_o,
    .data_valid_i,
    .data_ready_o,
    .data_i,
    .write_o     (a_write),
    .write_addr_o(a_write_addr),
    .write_data_o(a_write_data),
    .arrived_o   (a_arrived),
    .release_i   (a_release),
    .sums_valid_o(sums_valid),
    .sums_ready_i(sums_ready),
    .sums_o      (sums)
  );
  matmul_ram #(.Width(batch_pkg::BeatWidth), .Depth(ABeats)) u_a (
    .clk_i,
    .write_i     (a_write),
    .write_addr_i(a_write_addr),
    .write_data_i(a_write_data),
    .read_addr_i (a_read_addr),
    .read_data_o (a_word)
  );

  // B and the parameters of its columns.
  logic                            b_write, b_arrived, b_release, tile_done;
  logic [8:0]                      b_write_addr, b_read_addr;
  logic [batch_pkg::BeatWidth-1:0] b_word, bias, multiplier, shift;
  logic [2:0]                      parameter_write, parameters_ready;
  logic [3:0]                      parameter_write_addr, parameter_addr;
  matmul_fetch_weights u_fetch_weights (
    .clk_i,
    .rst_ni,
    .tile_valid_i      (weights_valid),
    .tile_ready_o      (weights_ready),
    .tile_i            (weights_out),
    .read_counts_o     (weights_count_o),
    .b_read_valid_o,
    .b_read_ready_i,
    .b_read_addr_o,
    .b_read_beats_o,
    .b_valid_i,
    .b_ready_o,
    .parameter_read_valid_o,
    .parameter_read_ready_i,
    .parameter_read_addr_o,
    .parameter_read_beats_o,
    .parameter_valid_i,
    .parameter_ready_o,
    .b_write_o         (b_write),
    .b_write_addr_o    (b_write_addr),
    .b_arrived_o       (b_arrived),
    .b_release_i       (b_release),
    .parameter_write_o (parameter_write),
    .parameter_addr_o  (parameter_write_addr),
    .parameters_ready_o(parameters_ready),
    .done_i            (tile_done)
  );
  matmul_ram #(.Width(batch_pkg::BeatWidth), .Depth(64 * matmul_pkg::ChunkSlots)) u_b (
    .clk_i,
    .write_i     (b_write),
    .write_addr_i(b_write_addr),
    .write_data_i(b_i),
    .read_addr_i (b_read_addr),
    .read_data_o (b_word)
  );
  matmul_ram #(.Width(batch_pkg::BeatWidth), .Depth(4 * matmul_pkg::ParameterBanks)) u_bias (
    .clk_i,
    .write_i     (parameter_write[0]),
    .write_addr_i(parameter_write_addr),
    .write_data_i(parameter_i),
    .read_addr_i (parameter_addr),
    .read_data_o (bias)
  );
  matmul_ram #(.Width(batch_pkg::BeatWidth), .Depth(4 * matmul_pkg::ParameterBanks)) u_multiplier (
    .clk_i,
    .write_i     (parameter_write[1]),
    .write_addr_i(parameter_write_addr),
    .write_data_i(parameter_i),
    .read_addr_i (parameter_addr),
    .read_data_o (multiplier)
  );
  matmul_ram #(.Width(batch_pkg::BeatWidth), .Depth(matmul_pkg::ParameterBanks)) u_shift (
    .clk_i,
    .write_i     (parameter_write[2]),
    .write_addr_i(parameter_write_addr[3:2]),
    .write_data_i(parameter_i),
    .read_addr_i (parameter_addr[3:2]),
    .read_data_o (shift)
  );

  // The array. B is read two cycles after A: rows take their word of A first.
  matmul_pkg::step_t step;
  logic [matmul_pkg::StepWidth-1:0] step_bits;
  assign step = step_bits;
  logic [8:0]        b_addr;
  logic [17:0]       b_addr_q;
  logic              bank_free, sequence_done, sequence_busy, store_busy;
  matmul_sequence #(
    .Rows    (Rows),
    .Columns (Columns),
    .RowTiles(RowTiles),
    .ASlots  (ASlots)
  ) u_sequence (
    .clk_i,
    .rst_ni,
    .tile_valid_i(compute_valid),
    .tile_ready_o(compute_ready),
    .tile_i      (compute_out),
    .a_arrived_i (a_arrived),
    .a_release_o (a_release),
    .b_arrived_i (b_arrived),
    .b_release_o (b_release),
    .bank_free_i (bank_free),
    .done_o      (sequence_done),
    .step_o      (step_bits),
    .a_addr_o    (a_read_addr),
    .b_addr_o    (b_addr),
    .products_o,
    .busy_o      (sequence_busy)
  );
  logic unused_step;
  assign unused_step = ^step;
  assign step_o = step.valid && step.live;
  assign busy_o = sequence_busy || store_busy;

  logic [ComputeLatency-1:0] computed_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      computed_q <= '0;
    end else begin
      computed_q <= {computed_q[ComputeLatency-2:0], sequence_done};
    end
    b_addr_q <= {b_addr_q[8:0], b_addr};
  end
  assign b_read_addr = b_addr_q[17:9];

  logic                            read_bank;
  logic [CW-1:0]                   read_context;
  logic [ArrayRW-1:0]              read_row;
  logic [GW-1:0]                   read_segment;
  logic [batch_pkg::BeatWidth-1:0] array_data;
  matmul_array #(
    .Rows    (Rows),
    .Columns (Columns),
    .RowTiles(RowTiles)
  ) u_array (
    .clk_i,
    .rst_ni,
    .step_i        (step_bits),
    .a_word_i      (a_word),
    .b_word_i      (b_word),
    .read_bank_i   (read_bank),
    .read_context_i(read_context),
    .read_row_i    (read_row),
    .read_segment_i(read_segment),
    .data_o        (array_data)
  );

  matmul_store #(
    .Rows    (Rows),
    .Columns (Columns),
    .RowTiles(RowTiles)
  ) u_store (
    .clk_i,
    .rst_ni,
    .tile_valid_i      (result_valid),
    .tile_ready_o      (result_ready),
    .tile_i            (result_out),
    .computed_i        (computed_q[ComputeLatency-1]),
    .bank_free_o       (bank_free),
    .parameters_ready_i(parameters_ready),
    .done_o            (tile_done),
    .read_bank_o       (read_bank),
    .read_context_o    (read_context),
    .read_row_o        (read_row),
    .read_segment_o    (read_segment),
    .data_i            (array_data),
    .parameter_addr_o  (parameter_addr),
    .bias_i            (bias),
    .multiplier_i      (multiplier),
    .shift_i           (shift),
    .sums_valid_i      (sums_valid),
    .sums_ready_o      (sums_ready),
    .sums_i            (sums),
    .write_valid_o,
    .write_ready_i,
    .write_offset_o,
    .write_beats_o,
    .beat_valid_o,
    .beat_ready_i,
    .beat_o,
    .status_valid_o,
    .status_ready_i,
    .status_o,
    .busy_o            (store_busy)
  );
endmodule
