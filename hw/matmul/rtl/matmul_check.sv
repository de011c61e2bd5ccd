// Reads descriptors and checks them: every tensor of an item must lie in its room, the limits of the inner dimension must hold.
// The rules are those of host/src/ops/matmul.c. Nothing of the data is looked at.
//
// An item takes about 20 cycles: one multiplier computes the sizes of its tensors one after the other, and one comparator holds
// them against their rooms. All sums are wider than what goes into them.
module matmul_check (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [batch_pkg::BeatAddrWidth-1:0] input_addr_i,      // in beats, as all that follow
  input  logic [batch_pkg::BeatAddrWidth-1:0] resident_addr_i,
  input  logic [batch_pkg::BeatAddrWidth-1:0] resident_beats_i,
  input  logic [batch_pkg::LengthWidth-1:0] data_begin_i,
  input  logic [batch_pkg::LengthWidth-1:0] data_end_i,
  input  logic [batch_pkg::LengthWidth-1:0] results_i,

  input  logic                              descriptor_valid_i,
  output logic                              descriptor_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   descriptor_i,
  output logic                              job_valid_o,
  input  logic                              job_ready_i,
  output logic [matmul_pkg::JobWidth-1:0] job_o
);
  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;

  logic [31:0] rows, inner, columns, flags;
  logic [63:0] a_offset, b_offset, bias_offset, accumulate_offset, requant_offset, result_offset;
  assign rows              = descriptor_i[31:0];
  assign inner             = descriptor_i[63:32];
  assign columns           = descriptor_i[95:64];
  assign flags             = descriptor_i[127:96];
  assign a_offset          = descriptor_i[191:128];
  assign b_offset          = descriptor_i[255:192];
  assign bias_offset       = descriptor_i[319:256];
  assign accumulate_offset = descriptor_i[383:320];
  assign requant_offset    = descriptor_i[447:384];
  assign result_offset     = descriptor_i[511:448];

  logic bias, accumulate, requant8, requant16, requant, resident;
  assign bias       = (flags & matmul_pkg::FlagBias) != '0;
  assign accumulate = (flags & matmul_pkg::FlagAccumulate) != '0;
  assign requant16  = (flags & matmul_pkg::FlagRequant16) != '0;
  assign requant8   = (flags & matmul_pkg::FlagRequant8) != '0 && !requant16;
  assign requant    = requant8 || requant16;
  assign resident   = (flags & matmul_pkg::FlagBResident) != '0;

  // Sizes in beats that are not products.
  logic [26:0] chunks, panels;
  logic [28:0] sum_beats, row_beats;  // of a row of int32; of a row of the result
  assign chunks    = 27'((33'(inner) + 33'd63) >> 6);
  assign panels    = 27'((33'(columns) + 33'd63) >> 6);
  assign sum_beats = 29'((33'(columns) + 33'd15) >> 4);
  assign row_beats = requant16 ? 29'((33'(columns) + 33'd31) >> 5) : requant8 ? 29'(panels) : sum_beats;

  // One tensor a step; the product of its step is there two steps later.
  localparam logic [3:0] StepA          = 4'd0;
  localparam logic [3:0] StepB          = 4'd1;
  localparam logic [3:0] StepBias       = 4'd2;
  localparam logic [3:0] StepAccumulate = 4'd3;
  localparam logic [3:0] StepRequant    = 4'd4;
  localparam logic [3:0] StepResult     = 4'd5;
  localparam logic [3:0] StepEnd        = 4'd9;

  logic       busy_q, done_q;
  logic [3:0] step_q;
  assign descriptor_ready_o = done_q && job_ready_i;
  assign job_valid_o        = done_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
      step_q <= '0;
    end else if (!busy_q) begin
      busy_q <= descriptor_valid_i;
      step_q <= '0;
    end else if (!done_q) begin
      step_q <= step_q + 4'd1;
      done_q <= step_q == StepEnd;
    end else if (job_ready_i) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
    end
  end

  // Stage 1: what is multiplied, and the room.
  logic [31:0]   factor_d, factor_q;
  logic [28:0]   count_d, count_q;
  logic [63:0]   offset_d, offset_q, offset_2q, offset_3q;
  logic          used_d, used_q, used_2q, used_3q, in_arena_d, in_arena_q, in_arena_2q, in_arena_3q;
  logic          result_q, result_2q, result_3q;
  logic [60:0]   size_2q, size_3q;
  always_comb begin
    factor_d   = 32'd1;
    count_d    = sum_beats;
    offset_d   = a_offset;
    used_d     = 1'b1;
    in_arena_d = resident;
    case (step_q)
      StepA: begin
        factor_d   = rows;
        count_d    = 29'(chunks);
        in_arena_d = 1'b0;
      end
      StepB: begin
        factor_d = inner;
        count_d  = 29'(panels);
        offset_d = b_offset;
      end
      StepBias: begin
        offset_d = bias_offset;
        used_d   = bias;
      end
      StepAccumulate: begin
        factor_d   = rows;
        offset_d   = accumulate_offset;
        used_d     = accumulate;
        in_arena_d = 1'b0;
      end
      StepRequant: begin
        count_d  = sum_beats + 29'(panels);
        offset_d = requant_offset;
        used_d   = requant;
      end
      StepResult: begin
        factor_d   = rows;
        count_d    = row_beats;
        offset_d   = result_offset;
        in_arena_d = 1'b0;
      end
      default: used_d = 1'b0;
    endcase
  end

  always_ff @(posedge clk_i) begin
    factor_q    <= factor_d;
    count_q     <= count_d;
    offset_q    <= offset_d;
    used_q      <= used_d && busy_q && !done_q;
    in_arena_q  <= in_arena_d;
    result_q    <= step_q == StepResult;
    size_2q     <= 61'(factor_q) * 61'(count_q);
    offset_2q   <= offset_q;
    used_2q     <= used_q;
    in_arena_2q <= in_arena_q;
    result_2q   <= result_q;
    size_3q     <= size_2q;
    offset_3q   <= offset_2q;
    used_3q     <= used_2q;
    in_arena_3q <= in_arena_2q;
    result_3q   <= result_2q;
  end

  // Stage 4: the comparison.
  logic [61:0] end_beat, room_begin, room_end;
  logic        outside;
  assign end_beat   = 62'(offset_3q[63:6]) + 62'(size_3q);
  assign room_begin = result_3q || in_arena_3q ? '0 : 62'(data_begin_i);
  assign room_end   = result_3q ? 62'(results_i) : in_arena_3q ? 62'(resident_beats_i) : 62'(data_end_i);
  assign outside    = offset_3q[5:0] != '0 || 62'(offset_3q[63:6]) < room_begin || end_beat > room_end;

  logic good_q, placed_q;
  logic [LW-1:0] result_beats_q;
  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      good_q   <= 1'b1;
      placed_q <= 1'b1;
    end else if (step_q == '0) begin
      good_q <= (flags & ~matmul_pkg::KnownFlags) == '0 &&
                (flags & (matmul_pkg::FlagRequant8 | matmul_pkg::FlagRequant16)) !=
                    (matmul_pkg::FlagRequant8 | matmul_pkg::FlagRequant16) &&
                inner <= (bias ? matmul_pkg::MaxInnerBias : matmul_pkg::MaxInner);
    end else if (used_3q && outside) begin
      good_q   <= 1'b0;
      placed_q <= placed_q && !result_3q;
    end
    if (used_3q && result_3q) begin
      result_beats_q <= size_3q[LW-1:0];
    end
  end

  logic [AW-1:0] weights_base;
  assign weights_base = resident ? resident_addr_i : input_addr_i;

  matmul_pkg::job_t job;
  assign job_o = job;
  always_comb begin
    job.good            = good_q;
    job.placed          = placed_q;
    job.resident        = resident;
    job.rows            = rows;
    job.columns         = columns;
    job.inner           = inner[16:0];
    job.bias            = bias;
    job.accumulate      = accumulate;
    job.requant8        = requant8;
    job.requant16       = requant16;
    job.a_beat          = a_offset[LW+5:6];
    job.accumulate_beat = accumulate_offset[LW+5:6];
    job.result_beat     = result_offset[LW+5:6];
    job.result_beats    = result_beats_q;
    job.b_addr          = weights_base + b_offset[63:6];
    job.bias_addr       = weights_base + bias_offset[63:6];
    job.multiplier_addr = weights_base + requant_offset[63:6];
    job.shift_addr      = weights_base + requant_offset[63:6] + AW'(sum_beats);
  end
endmodule
