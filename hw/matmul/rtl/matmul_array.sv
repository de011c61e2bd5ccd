// The array of Rows × Columns multipliers with its accumulators: output-stationary, two products a DSP, one step of the inner
// dimension a cycle.
//
// Steps enter at row 0 and go down one row a cycle, with their row of B. At step j of a pass, row j's 64 factors of A come out of
// the memory of A, just when row j begins the pass: so one read port serves all rows, and no row needs a second buffer.
// In single mode (Columns < 64) there is one row of A, and row j of the array takes quarter j of the panel: a whole beat of B
// is used a cycle.
//
// step_i at cycle t: the word of A for row `index` at a_word_i at t + 1 (the caller reads it), b_word_i at t + 3.
// latency     a result can be read 10 + row cycles after the last step of its last pass; read_* to data_o 3 cycles
// throughput  one step a cycle; passes take a multiple of 4 steps, and no less than the rows that they load
module matmul_array #(
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
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic [matmul_pkg::StepWidth-1:0] step_i,
  input  logic [batch_pkg::BeatWidth-1:0] a_word_i,
  input  logic [batch_pkg::BeatWidth-1:0] b_word_i,

  input  logic                            read_bank_i,
  input  logic [CW-1:0]                   read_context_i,
  input  logic [RW-1:0]                   read_row_i,
  input  logic [GW-1:0]                   read_segment_i,
  output logic [batch_pkg::BeatWidth-1:0] data_o
);
  localparam int unsigned Groups = Rows / matmul_pkg::Sums;
  localparam int unsigned GroupRows = matmul_pkg::Sums;
  localparam int unsigned BW = 8 * Columns;
  // A step as the rows see it.
  localparam int unsigned StepWidth = matmul_pkg::StepWidth;

  // step_at: slice r holds the step that row r loads its word for; slice r + 1 is then the one whose factor row r selects,
  // slice r + 2 the one whose factors stand at row r's multipliers.
  logic [StepWidth-1:0]            step_q;
  logic [StepWidth*(Rows+2)-1:0]   step_at_q;
  logic [batch_pkg::BeatWidth-1:0] word_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q    <= '0;
      step_at_q <= '0;
    end else begin
      step_q    <= step_i;
      step_at_q <= {step_at_q[StepWidth*(Rows+1)-1:0], step_q};
    end
    word_q <= a_word_i;
  end

  // Factors of A.
  logic [8*Rows-1:0]  a;
  logic [Rows-1:0]    valid, starts, bank, single;
  logic [2*Rows-1:0]  phase;
  logic [3*Rows-1:0]  context_of;
  logic [CW*Rows-1:0] contexts;
  for (genvar row = 0; row < Rows; row++) begin : gen_row
    matmul_row u_row (
      .clk_i,
      .load_i    (step_at_q[StepWidth*row+:StepWidth]),
      .select_i  (step_at_q[StepWidth*(row+1)+:StepWidth]),
      .multiply_i(step_at_q[StepWidth*(row+2)+:StepWidth]),
      .word_i    (word_q),
      .a_o       (a[8*row+:8]),
      .single_o  (single[row]),
      .valid_o   (valid[row]),
      .phase_o   (phase[2*row+:2]),
      .begin_o   (starts[row]),
      .bank_o    (bank[row]),
      .context_o (context_of[3*row+:3])
    );
    assign contexts[CW*row+:CW] = context_of[3*row+:CW];
  end
  logic unused_context;
  assign unused_context = ^{context_of, single};

  // Factors of B.
  logic [BW*Rows-1:0]  b_q;
  logic [BW-1:0]       b_first;
  matmul_pkg::step_t   b_step;  // of b_word_i
  assign b_step = step_at_q[StepWidth*1+:StepWidth];
  if (Quarters == 1) begin : gen_panel
    logic unused_quarter;
    assign unused_quarter = ^b_step;
    assign b_first = b_word_i;
    always_ff @(posedge clk_i) b_q <= {b_q[BW*(Rows-1)-1:0], b_first};
  end else begin : gen_quarters
    logic [1:0] quarter;
    logic       unused_quarter;
    assign quarter        = b_step.single ? 2'd0 : b_step.quarter;
    assign unused_quarter = ^b_step;
    assign b_first        = b_word_i[BW*32'(quarter)+:BW];
    // Quarter j comes to row j after j more cycles.
    logic [BW*Quarters-1:0] late;
    for (genvar row = 1; row < Quarters; row++) begin : gen_late
      logic [BW*row-1:0] wait_q;
      if (row == 1) begin : gen_one
        always_ff @(posedge clk_i) wait_q <= b_word_i[BW*row+:BW];
      end else begin : gen_more
        always_ff @(posedge clk_i) wait_q <= {wait_q[BW*(row-1)-1:0], b_word_i[BW*row+:BW]};
      end
      assign late[BW*row+:BW] = wait_q[BW*(row-1)+:BW];
    end
    assign late[BW-1:0] = b_first;
    always_ff @(posedge clk_i) begin
      b_q[BW*Quarters+:BW*(Rows-Quarters)] <= b_q[BW*(Quarters-1)+:BW*(Rows-Quarters)];
    end
    for (genvar row = 0; row < Quarters; row++) begin : gen_source
      if (row == 0) begin : gen_top
        always_ff @(posedge clk_i) b_q[0+:BW] <= late[0+:BW];
      end else begin : gen_below
        always_ff @(posedge clk_i) b_q[BW*row+:BW] <= single[row] ? late[BW*row+:BW] : b_q[BW*(row-1)+:BW];
      end
    end
  end

  // Groups of four rows, and the way out of their accumulators.
  logic                 read_bank_q;
  logic [CW-1:0]        read_context_q;
  logic [RW-1:0]        read_row_q;
  logic [GW-1:0]        read_segment_q;
  always_ff @(posedge clk_i) begin
    read_bank_q    <= read_bank_i;
    read_context_q <= read_context_i;
    read_row_q     <= read_row_i;
    read_segment_q <= read_segment_i;
  end

  logic [batch_pkg::BeatWidth*Groups-1:0] group_data;
  for (genvar group = 0; group < Groups; group++) begin : gen_group
    matmul_group #(
      .Columns (Columns),
      .Contexts(Contexts)
    ) u_group (
      .clk_i,
      .rst_ni,
      .a_i           (a[8*GroupRows*group+:8*GroupRows]),
      .b_i           (b_q[BW*GroupRows*group+:BW*GroupRows]),
      .valid_i       (valid[GroupRows*group+:GroupRows]),
      .phase_i       (phase[2*GroupRows*group+:2*GroupRows]),
      .begin_i       (starts[GroupRows*group+:GroupRows]),
      .bank_i        (bank[GroupRows*group+:GroupRows]),
      .context_i     (contexts[CW*GroupRows*group+:CW*GroupRows]),
      .read_bank_i   (read_bank_q),
      .read_context_i(read_context_q),
      .read_row_i    (read_row_q[1:0]),
      .read_segment_i(read_segment_q),
      .data_o        (group_data[batch_pkg::BeatWidth*group+:batch_pkg::BeatWidth])
    );
  end

  logic [RW-3:0]                   read_group_q;
  logic [batch_pkg::BeatWidth-1:0] data_q;
  always_ff @(posedge clk_i) begin
    read_group_q <= read_row_q[RW-1:2];
    data_q       <= group_data[batch_pkg::BeatWidth*read_group_q+:batch_pkg::BeatWidth];
  end
  assign data_o = data_q;
endmodule
