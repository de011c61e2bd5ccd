// Properties of matmul_core, bound to every instance.
//
// The array never adds to the bank that is being read.
//
// The beats of an item that count in the checksum of the input are those of its parts, each once, however often the array needs
// them: A (rows · chunks) and the sums to add (rows · 16 columns a beat); of an item whose weights do not stay on the card also
// B (panels · inner), bias and multipliers (16 columns a beat each) and shifts (a beat a panel). Items without work read nothing.
// And all that was asked for, counting or not, was used when all items are done.
`ifndef YOSYS
module matmul_core_sva (
  input logic                                clk_i,
  input logic                                rst_ni,
  input logic                                stepping,
  input logic                                step_bank,
  input logic                                reading,
  input logic                                read_bank,
  input logic                                job_taken,
  input logic [matmul_pkg::JobWidth-1:0]     job_i,
  input logic                                status_taken,
  input logic                                rows_asked,
  input logic                                rows_count,
  input logic [batch_pkg::LengthWidth-1:0]   rows_offset,
  input logic [batch_pkg::LengthWidth-1:0]   rows_beats,
  input logic                                b_asked,
  input logic                                parameters_asked,
  input logic                                weights_count,
  input logic [batch_pkg::BeatAddrWidth-1:0] b_addr,
  input logic [batch_pkg::BeatAddrWidth-1:0] parameters_addr,
  input logic [batch_pkg::LengthWidth-1:0]   b_beats,
  input logic [batch_pkg::LengthWidth-1:0]   parameters_beats,
  input logic                                rows_used,
  input logic                                b_used,
  input logic                                parameter_used
);
  matmul_pkg::job_t job;
  assign job = job_i;
  logic unused_job;
  assign unused_job = ^job;
  logic        work, here, requant;
  logic [63:0] rows, chunks, segments, panels;
  assign work     = job_taken && job.good && job.rows != '0 && job.columns != '0;
  assign here     = work && !job.resident;
  assign requant  = job.requant8 || job.requant16;
  assign rows     = 64'(job.rows);
  assign chunks   = (64'(job.inner) + 64'd63) / 64'd64;
  assign segments = (64'(job.columns) + 64'd15) / 64'd16;
  assign panels   = (64'(job.columns) + 64'd63) / 64'd64;

  // Beats that are to be counted and were not yet asked for; beats asked for and not yet used; items that are not done.
  logic [63:0] rows_owed_q, weights_owed_q, rows_unused_q, b_unused_q, parameters_unused_q;
  logic [31:0] items_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rows_owed_q         <= '0;
      weights_owed_q      <= '0;
      rows_unused_q       <= '0;
      b_unused_q          <= '0;
      parameters_unused_q <= '0;
      items_q             <= '0;
    end else begin
      rows_owed_q <= rows_owed_q +
                     books_pkg::entry(work, 64'(job.a_beat), rows * chunks) +
                     books_pkg::entry(work && job.accumulate, 64'(job.accumulate_beat), rows * segments) -
                     books_pkg::entry(rows_asked && rows_count, 64'(rows_offset), 64'(rows_beats));
      weights_owed_q <= weights_owed_q +
                        books_pkg::entry(here, 64'(job.b_addr), panels * 64'(job.inner)) +
                        books_pkg::entry(here && job.bias, 64'(job.bias_addr), segments) +
                        books_pkg::entry(here && requant, 64'(job.multiplier_addr), segments) +
                        books_pkg::entry(here && requant, 64'(job.shift_addr), panels) -
                        books_pkg::entry(b_asked && weights_count, 64'(b_addr), 64'(b_beats)) -
                        books_pkg::entry(parameters_asked && weights_count, 64'(parameters_addr), 64'(parameters_beats));
      rows_unused_q       <= rows_unused_q + (rows_asked ? 64'(rows_beats) : '0) - 64'(rows_used);
      b_unused_q          <= b_unused_q + (b_asked ? 64'(b_beats) : '0) - 64'(b_used);
      parameters_unused_q <= parameters_unused_q + (parameters_asked ? 64'(parameters_beats) : '0) - 64'(parameter_used);
      items_q             <= items_q + 32'(job_taken) - 32'(status_taken);
    end
  end

  BanksApart: assert property (@(posedge clk_i) disable iff (!rst_ni) stepping && reading |-> step_bank != read_bank);
  RowsCountOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) items_q == '0 |-> rows_owed_q == '0);
  WeightsCountOnce: assert property (@(posedge clk_i) disable iff (!rst_ni) items_q == '0 |-> weights_owed_q == '0);
  AllUsed: assert property (@(posedge clk_i) disable iff (!rst_ni)
      items_q == '0 |-> rows_unused_q == '0 && b_unused_q == '0 && parameters_unused_q == '0);
endmodule

bind matmul_core matmul_core_sva u_sva (
  .clk_i,
  .rst_ni,
  .stepping        (step.valid),
  .step_bank       (step.bank),
  .reading         (u_store.step && u_store.tile_q.work && !u_store.tile_q.empty),
  .read_bank       (read_bank),
  .job_taken       (job_valid && job_ready),
  .job_i           (job),
  .status_taken    (status_valid_o && status_ready_i),
  .rows_asked      (read_valid_o && read_ready_i),
  .rows_count      (read_counts_o),
  .rows_offset     (read_offset_o),
  .rows_beats      (read_beats_o),
  .b_asked         (b_read_valid_o && b_read_ready_i),
  .parameters_asked(parameter_read_valid_o && parameter_read_ready_i),
  .weights_count   (weights_count_o),
  .b_addr          (b_read_addr_o),
  .parameters_addr (parameter_read_addr_o),
  .b_beats         (b_read_beats_o),
  .parameters_beats(parameter_read_beats_o),
  .rows_used       (data_valid_i && data_ready_o),
  .b_used          (b_valid_i && b_ready_o),
  .parameter_used  (parameter_valid_i && parameter_ready_o)
);
`endif
