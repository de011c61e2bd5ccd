// The barrel core: Lanes signatures in flight share one multiplier; one constant microprogram without branches runs
// for all of them, a slot of Lanes cycles an instruction (model/program.py). While one batch of lanes computes, the next
// is loaded and the one before is taken away.
//
//   in:  one item a lane, x = r or r + n, checked by the caller; an item whose in_status_i is not zero computes with
//        harmless numbers and keeps that status. in_last_i ends a batch early: its other lanes idle along.
//   out: in order of input; status 0, 6 (x on no point) or 7 (infinity), or what came in; x and y of the public key,
//        zero unless the status is 0
//   latency     (Slots + 2)·Lanes cycles a batch
//   throughput  Lanes items in Slots·Lanes cycles; 5 cycles at least between two items in
// Every register's read-to-write distance, in cycles, is kept by the generator: Latency, DigitLead, InverseLatency.
module secp256k1_core #(
  parameter int unsigned KaratsubaLevels = 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // items
  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic         in_last_i,
  input  logic [2:0]   in_status_i,
  input  logic         in_odd_i,   // parity of R's y
  input  logic [255:0] in_x_i,
  input  logic [255:0] in_r_i,
  input  logic [255:0] in_s_i,
  input  logic [255:0] in_z_i,
  // results
  output logic         out_valid_o,
  input  logic         out_ready_i,
  output logic [2:0]   out_status_o,
  output logic [255:0] out_x_o,
  output logic [255:0] out_y_o,
  // for counters
  output logic         busy_o,      // holds at least one item
  output logic         slot_o,      // a cycle of a running batch
  output logic         product_o    // in it a product is issued for a lane that holds an item
);
  localparam int unsigned LaneBits = secp256k1_pkg::LaneWidth;
  localparam int unsigned W        = secp256k1_pkg::Width;
  localparam int unsigned Lanes    = secp256k1_pkg::Lanes;
  localparam int unsigned Banks    = secp256k1_pkg::Banks;
  // Stages count from the reading of the register banks. Instructions are issued DigitLead earlier.
  localparam int unsigned StageOperand = 3;
  localparam int unsigned StageFactor  = 5;
  localparam int unsigned StageProduct = StageFactor + secp256k1_mul_pkg::latency(W, KaratsubaLevels);
  localparam int unsigned StageHigh    = StageProduct + 2;
  localparam int unsigned StageResult  = StageProduct + 9;
  localparam int unsigned BankDepth    = secp256k1_pkg::Registers * Lanes;
  localparam int unsigned BankAddr     = $clog2(BankDepth);

  // ---------------------------------------------------------------- program
  logic                        start, taken, finish, running;
  logic [LaneBits-1:0]        lane;
  logic [secp256k1_pkg::InstructionWidth-1:0] word;
  secp256k1_sequencer u_sequencer (
    .clk_i,
    .rst_ni,
    .start_i      (start),
    .taken_o      (taken),
    .finish_o     (finish),
    .running_o    (running),
    .lane_o       (lane),
    .instruction_o(word)
  );

  // The instruction and lane as a stage sees them. A slot is longer than the pipeline, so a stage takes its
  // instruction over when the slot's first lane comes by, and keeps it for Lanes cycles.
  secp256k1_pkg::instruction_t issue, read, operand, factor, product, result;
  secp256k1_pkg::instruction_t read_q, operand_q, factor_q, product_q, result_q;
  logic [LaneBits-1:0] read_lane, operand_lane, e_lane, f_lane, high_lane, result_lane;
  assign issue        = word;
  assign read_lane    = lane - LaneBits'(secp256k1_pkg::DigitLead);
  assign operand_lane = lane - LaneBits'(secp256k1_pkg::DigitLead + StageOperand);
  assign e_lane       = lane - LaneBits'(secp256k1_pkg::DigitLead + StageProduct - 1);
  assign f_lane       = e_lane;
  assign high_lane    = lane - LaneBits'(secp256k1_pkg::DigitLead + StageHigh);
  assign result_lane  = lane - LaneBits'(secp256k1_pkg::DigitLead + StageResult);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      read_q    <= secp256k1_pkg::IdleInstruction;
      operand_q <= secp256k1_pkg::IdleInstruction;
      factor_q  <= secp256k1_pkg::IdleInstruction;
      product_q <= secp256k1_pkg::IdleInstruction;
      result_q  <= secp256k1_pkg::IdleInstruction;
    end else begin
      read_q    <= lane == LaneBits'(secp256k1_pkg::DigitLead - 1) ? issue : read_q;
      operand_q <= lane == LaneBits'(secp256k1_pkg::DigitLead + StageOperand - 2) ? issue : operand_q;
      factor_q  <= lane == LaneBits'(secp256k1_pkg::DigitLead + StageOperand - 1) ? issue : factor_q;
      product_q <= lane == LaneBits'(secp256k1_pkg::DigitLead + StageProduct - 1) ? issue : product_q;
      result_q  <= lane == LaneBits'(secp256k1_pkg::DigitLead + StageResult - 1) ? issue : result_q;
    end
  end
  assign read    = read_q;     // addresses are shown
  assign operand = operand_q;  // memories have answered: operands are selected (stage 2)
  assign factor  = factor_q;   // operands stand in registers (stage 3)
  assign product = product_q;
  assign result  = result_q;

  // ---------------------------------------------------------------- batches of lanes, two halves
  logic [1:0]           in_full_q, out_full_q;
  logic                 in_half_q, run_half_q, end_half_q, out_half_q;
  logic [LaneBits-1:0] in_lane_q, out_lane_q;
  logic [LaneBits-1:0] last_lane0_q, last_lane1_q;  // last lane that holds an item
  logic [1:0]           in_part_q;
  logic                 in_write, in_done, batch_end, out_done;
  logic [LaneBits-1:0] run_last;

  assign in_write   = in_valid_i && !in_full_q[in_half_q];
  assign in_ready_o = in_write && in_part_q == 2'd3;
  assign in_done    = in_ready_o && (in_last_i || in_lane_q == LaneBits'(Lanes - 1));
  assign start      = in_full_q[run_half_q ^ ending] && !out_full_q[run_half_q ^ ending];
  assign run_last   = run_half_q ? last_lane1_q : last_lane0_q;
  assign batch_end  = result.last && result.valid && result_lane == LaneBits'(Lanes - 1);

  // A batch that ends at this boundary gives its half up to the next one in the same cycle.
  logic ending;
  assign ending = running && issue.last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_full_q  <= '0;
      out_full_q <= '0;
      in_half_q  <= 1'b0;
      run_half_q <= 1'b0;
      end_half_q <= 1'b0;
      out_half_q <= 1'b0;
      in_lane_q  <= '0;
      out_lane_q <= '0;
      in_part_q  <= '0;
    end else begin
      if (in_write) begin
        in_part_q <= in_part_q + 2'd1;
      end
      if (in_done) begin
        in_full_q[in_half_q] <= 1'b1;
        in_half_q            <= !in_half_q;
        in_lane_q            <= '0;
      end else if (in_ready_o) begin
        in_lane_q <= in_lane_q + LaneBits'(1);
      end
      if (finish) begin
        run_half_q <= !run_half_q;
      end
      if (batch_end) begin
        in_full_q[end_half_q]  <= 1'b0;
        out_full_q[end_half_q] <= 1'b1;
        end_half_q             <= !end_half_q;
      end
      if (out_done) begin
        out_full_q[out_half_q] <= 1'b0;
        out_half_q             <= !out_half_q;
        out_lane_q             <= '0;
      end else if (out_valid_o && out_ready_i) begin
        out_lane_q <= out_lane_q + LaneBits'(1);
      end
    end
  end

  // What is known of an item beside its numbers.
  logic [3:0] in_flags [2*Lanes];  // {odd, status}
  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      in_flags[{in_half_q, in_lane_q}] <= {in_odd_i, in_status_i};
    end
    if (in_done && !in_half_q) begin
      last_lane0_q <= in_lane_q;
    end
    if (in_done && in_half_q) begin
      last_lane1_q <= in_lane_q;
    end
  end

  logic [255:0] in_number, in_data;
  always_comb begin
    case (in_part_q)
      secp256k1_pkg::InputSelX: in_number = in_x_i;
      secp256k1_pkg::InputSelR: in_number = in_r_i;
      secp256k1_pkg::InputSelS: in_number = in_s_i;
      default:   in_number = in_z_i;
    endcase
  end
  secp256k1_bank #(
    .Width(256),
    .Depth(8 * Lanes)
  ) u_input (
    .clk_i,
    .write_i     (in_write),
    .write_addr_i({in_half_q, in_part_q, in_lane_q}),
    .write_data_i(in_number),
    .read_addr_i ({run_half_q, read.input_sel, read_lane}),
    .read_data_o (in_data)
  );

  // Lanes without an item, and refused items, compute with ones.
  logic harmless_q, harmless_2q;
  always_ff @(posedge clk_i) begin
    harmless_q  <= read_lane > run_last || in_flags[{run_half_q, read_lane}][2:0] != 3'd0;
    harmless_2q <= harmless_q;
  end

  // ---------------------------------------------------------------- digits and tables
  logic [4:0]         row;
  logic [secp256k1_pkg::GWindow-1:0] fixed_row;
  logic               digit_negative;
  logic [W-1:0]   write_data;
  secp256k1_digit u_digit (
    .clk_i,
    .lane_i        (lane),
    .lookup_i      (issue.lookup),
    .window_i      (issue.window),
    .row_i         (issue.table_read),
    .row_o         (row),
    .fixed_row_o   (fixed_row),
    .negative_o    (digit_negative),
    .write_r_low_i (result.scalar_write == secp256k1_pkg::ScalarWriteRLow),
    .write_r_high_i(result.scalar_write == secp256k1_pkg::ScalarWriteRHigh),
    .write_g_i     (result.scalar_write == secp256k1_pkg::ScalarWriteG),
    .write_lane_i  (result_lane),
    .write_data_i  (write_data)
  );

  logic [511:0]     fixed_point;
  logic [W-1:0] table_x, table_y, table_z;
  secp256k1_fixed_table u_fixed_table (
    .clk_i,
    .addr_i(fixed_row),
    .data_o(fixed_point)
  );
  secp256k1_bank #(.Width(W), .Depth(2 * secp256k1_pkg::BetaRows * Lanes)) u_table_x (
    .clk_i,
    .write_i     (result.table_write == secp256k1_pkg::TableWriteX),
    .write_addr_i({result.table_row, result_lane}),
    .write_data_i(write_data),
    .read_addr_i ({row, read_lane}),
    .read_data_o (table_x)
  );
  secp256k1_bank #(.Width(W), .Depth(secp256k1_pkg::BetaRows * Lanes)) u_table_y (
    .clk_i,
    .write_i     (result.table_write == secp256k1_pkg::TableWriteY),
    .write_addr_i({result.table_row[3:0], result_lane}),
    .write_data_i(write_data),
    .read_addr_i ({row[3:0], read_lane}),
    .read_data_o (table_y)
  );
  secp256k1_bank #(.Width(W), .Depth(secp256k1_pkg::BetaRows * Lanes)) u_table_z (
    .clk_i,
    .write_i     (result.table_write == secp256k1_pkg::TableWriteZ),
    .write_addr_i({result.table_row[3:0], result_lane}),
    .write_data_i(write_data),
    .read_addr_i ({row[3:0], read_lane}),
    .read_data_o (table_z)
  );

  // ---------------------------------------------------------------- register banks
  // The bank that holds c may be read at another lane: that is how products run across the lanes.
  logic [Banks*4-1:0]     read_registers;
  logic [Banks*W-1:0] bank_data;
  assign read_registers = {read.read5, read.read4, read.read3, read.read2, read.read1, read.read0};
  for (genvar bank = 0; bank < Banks; bank++) begin : gen_bank
    logic [LaneBits-1:0] bank_lane;
    assign bank_lane = read.c_sel == 3'(bank) ? read_lane ^ read.lane_xor : read_lane;
    secp256k1_bank #(
      .Width(W),
      .Depth(BankDepth)
    ) u_bank (
      .clk_i,
      .write_i     (result.bank_write[bank]),
      .write_addr_i({result.write, result_lane}),
      .write_data_i(write_data),
      .read_addr_i (BankAddr'({read_registers[4*bank+:4], bank_lane})),
      .read_data_o (bank_data[bank*W+:W])
    );
  end

  // ---------------------------------------------------------------- operands
  logic [255:0]     inverse;
  logic [W-1:0] special_c, special_d, a_q, b_q, c_q, d_q, e_q, f_q;
  always_comb begin
    case (operand.c_special)
      secp256k1_pkg::CSpecialTableX:   special_c = table_x;
      secp256k1_pkg::CSpecialTableZ:   special_c = table_z;
      secp256k1_pkg::CSpecialFixedX:   special_c = W'(fixed_point[255:0]);
      secp256k1_pkg::CSpecialInput:    special_c = harmless_2q ? W'(1) : W'(in_data);
      secp256k1_pkg::CSpecialConstant: special_c = secp256k1_pkg::y_constant(operand.constant);
      default:          special_c = W'(inverse);
    endcase
    case (operand.d_special)
      secp256k1_pkg::DSpecialTableY: special_d = table_y;
      secp256k1_pkg::DSpecialTableZ: special_d = table_z;
      default:        special_d = W'(fixed_point[511:256]);
    endcase
  end

  // Selection 6 is zero; 7 is one for a, the special operand for c and d, a constant for f.
  function automatic logic [W-1:0] select(input logic [2:0] index, input logic [Banks*W-1:0] banks,
                                          input logic [W-1:0] other);
    case (index)
      3'd0:    select = banks[0*W+:W];
      3'd1:    select = banks[1*W+:W];
      3'd2:    select = banks[2*W+:W];
      3'd3:    select = banks[3*W+:W];
      3'd4:    select = banks[4*W+:W];
      3'd5:    select = banks[5*W+:W];
      3'd7:    select = other;
      default: select = '0;
    endcase
  endfunction

  always_ff @(posedge clk_i) begin
    a_q <= select(operand.a_sel, bank_data, W'(1));
    b_q <= select(operand.b_sel, bank_data, '0);
    c_q <= select(operand.c_sel, bank_data, special_c);
    d_q <= select(operand.d_sel, bank_data, special_d);
    e_q <= select(operand.e_sel, bank_data, '0);
    f_q <= select(operand.f_sel, bank_data, secp256k1_pkg::f_constant(operand.f_constant));
  end

  // e and f wait for the product: a memory indexed by lane is a delay line, as a slot is longer than the pipeline.
  logic [W-1:0] e_wait [Lanes];
  logic [W-1:0] f_wait [Lanes];
  logic [W-1:0] e_late_q, f_late_q;
  always_ff @(posedge clk_i) begin
    e_wait[operand_lane] <= e_q;
    f_wait[operand_lane] <= f_q;
    e_late_q             <= e_wait[e_lane];
    f_late_q             <= f_wait[f_lane];
  end

  // ---------------------------------------------------------------- the sign of d
  logic [StageOperand-1:0] digit_negative_q;
  logic [Lanes-1:0]        parity_q;
  logic                    negate_d;
  always_ff @(posedge clk_i) digit_negative_q <= {digit_negative_q[StageOperand-2:0], digit_negative};
  assign negate_d = (factor.d_sign == secp256k1_pkg::DSignDigit && digit_negative_q[StageOperand-1]) ||
                    (factor.d_sign == secp256k1_pkg::DSignParity && parity_q[operand_lane]);

  // ---------------------------------------------------------------- product and reduction
  logic [W-1:0]   x, y, high, high_late_q;
  logic [2*W-1:0] whole;
  logic [255:0]       canonical;
  logic               zero;
  logic [W-1:0]   high_parts [Lanes];

  secp256k1_factors u_factors (
    .clk_i,
    .rst_ni,
    .a_i       (a_q),
    .b_i       (b_q),
    .b_op_i    (factor.b_op),
    .c_i       (c_q),
    .d_i       (d_q),
    .negate_d_i(negate_d),
    .x_o       (x),
    .y_o       (y)
  );
  secp256k1_mul #(
    .Width (W),
    .Levels(KaratsubaLevels)
  ) u_mul (
    .clk_i,
    .a_i      (x),
    .b_i      (y),
    .product_o(whole)
  );
  secp256k1_reduce u_reduce (
    .clk_i,
    .rst_ni,
    .product_i    (whole),
    .e_i          (e_late_q),
    .f_i          (f_late_q),
    .high_i       (product.high_add ? high_late_q : '0),
    .subtract_e_i (product.e_sel != secp256k1_pkg::SelectZero && product.valid),
    .subtract_f_i (product.f_negative),
    .scale_i      (product.scale),
    .raw_low_i    (product.mode == secp256k1_pkg::ModeRawLow),
    .raw_high_i   (product.mode == secp256k1_pkg::ModeRawHigh),
    .one_if_zero_i(product.flag == secp256k1_pkg::FlagInfinity),
    .high_o       (high),
    .result_o     (write_data),
    .canonical_o  (canonical),
    .zero_o       (zero)
  );

  // The high part of the product that is being reduced mod n.
  logic high_write_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      high_write_q <= 1'b0;
    end else if (lane == LaneBits'(secp256k1_pkg::DigitLead + StageHigh - 1)) begin
      high_write_q <= issue.high_write;
    end
    if (high_write_q) begin
      high_parts[high_lane] <= high;
    end
    high_late_q <= high_parts[e_lane];
  end

  // ---------------------------------------------------------------- inverter
  logic invert_start, invert_ready;
  assign invert_start = result.invert != secp256k1_pkg::InvertNone && result_lane == '0;
  secp256k1_invert u_invert (
    .clk_i,
    .rst_ni,
    .start_i  (invert_start),
    .mod_n_i  (result.invert == secp256k1_pkg::InvertModN),
    .value_i  (write_data),
    .ready_o  (invert_ready),
    .inverse_o(inverse)
  );

  // ---------------------------------------------------------------- flags and results
  logic [Lanes-1:0] off_curve_q, infinity_q;
  logic [3:0]       end_flags;
  logic [2:0]       end_status;
  assign end_flags = in_flags[{end_half_q, result_lane}];
  always_comb begin
    end_status = end_flags[2:0];
    if (end_flags[2:0] == 3'd0 && off_curve_q[result_lane]) begin
      end_status = 3'd6;
    end else if (end_flags[2:0] == 3'd0 && infinity_q[result_lane]) begin
      end_status = 3'd7;
    end
  end

  logic [2:0]   out_status [2*Lanes];
  logic [255:0] out_x      [2*Lanes];
  logic [255:0] out_y      [2*Lanes];
  always_ff @(posedge clk_i) begin
    if (result.flag == secp256k1_pkg::FlagParity) begin
      parity_q[result_lane] <= canonical[0] ^ end_flags[3];
    end
    if (result.flag == secp256k1_pkg::FlagCurve) begin
      off_curve_q[result_lane] <= !zero;
    end
    if (result.flag == secp256k1_pkg::FlagInfinity) begin
      infinity_q[result_lane] <= zero;
    end
    if (result.output_write == secp256k1_pkg::OutputWriteX) begin
      out_x[{end_half_q, result_lane}]      <= canonical;
      out_status[{end_half_q, result_lane}] <= end_status;
    end
    if (result.output_write == secp256k1_pkg::OutputWriteY) begin
      out_y[{end_half_q, result_lane}] <= canonical;
    end
  end

  // One result is shown while it waits.
  logic                 out_valid_q;
  logic [2:0]           out_status_q;
  logic [255:0]         out_x_q, out_y_q;
  logic [LaneBits-1:0] out_last;
  assign out_last = out_half_q ? last_out1_q : last_out0_q;
  assign out_done = out_valid_o && out_ready_i && out_lane_q == out_last;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      out_valid_q <= 1'b0;
    end else begin
      out_valid_q <= out_full_q[out_half_q] && !(out_valid_q && out_ready_i);
    end
    out_status_q <= out_status[{out_half_q, out_lane_q}];
    out_x_q      <= out_x[{out_half_q, out_lane_q}];
    out_y_q      <= out_y[{out_half_q, out_lane_q}];
  end
  assign out_valid_o  = out_valid_q;
  assign out_status_o = out_status_q;
  assign out_x_o      = out_status_q == 3'd0 ? out_x_q : '0;
  assign out_y_o      = out_status_q == 3'd0 ? out_y_q : '0;

  // The half may be loaded again while its results wait.
  logic [LaneBits-1:0] last_out0_q, last_out1_q;
  always_ff @(posedge clk_i) begin
    if (batch_end && !end_half_q) begin
      last_out0_q <= last_lane0_q;
    end
    if (batch_end && end_half_q) begin
      last_out1_q <= last_lane1_q;
    end
  end

  // ---------------------------------------------------------------- counters
  assign busy_o    = in_full_q != '0 || out_full_q != '0 || in_lane_q != '0 || in_part_q != '0;
  assign slot_o    = running;
  assign product_o = running && issue.valid && lane <= run_last;

`ifndef YOSYS
  // The generator and the pipeline must agree on every distance; a slot must be longer than the pipeline.
  initial begin
    assert (StageResult + 1 == secp256k1_pkg::Latency);
    assert (secp256k1_pkg::DigitLead + StageResult < Lanes);
  end
  secp256k1_hazard_sva u_hazard_sva (
    .clk_i,
    .rst_ni,
    .read_i       (read_q),
    .read_lane_i  (read_lane),
    .row_i        (row),
    .result_i     (result_q),
    .result_lane_i(result_lane)
  );
  // The program reads the inverse only when it is there.
  always_ff @(posedge clk_i) begin
    if (rst_ni && operand.valid && operand.c_sel == 3'd7 && operand.c_special == secp256k1_pkg::CSpecialInverse) begin
      assert (invert_ready);
    end
  end
`endif

  logic unused;
  assign unused = ^{taken, invert_ready, read, operand, factor, product, result, row, run_last};
endmodule
