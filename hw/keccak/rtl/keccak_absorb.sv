// Cuts the stream of beats into padded blocks of 136 bytes.
//
// Takes the records of keccak_fetch and the beats that it asked for. Three beats form a window, out of which a whole block
// can be taken at any lane in one cycle while the next beat comes in; so neither short messages nor blocks that end inside a
// beat cost a cycle of the memory port.
// latency     5 cycles from the last beat of a block to the block
// throughput  one block a cycle, one beat a cycle
module keccak_absorb (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             message_valid_i,
  output logic                             message_ready_o,
  input  logic                             message_bad_i,
  input  logic                             message_drop_i,
  input  logic [2:0]                       message_lane_i,
  input  logic [31:0]                      message_length_i,
  input  logic                             beat_valid_i,
  output logic                             beat_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]  beat_i,
  output logic                             block_valid_o,
  input  logic                             block_ready_i,
  output logic [keccak_pkg::RateWidth-1:0] block_o,
  output logic                             block_first_o,
  output logic                             block_last_o,
  output logic                             block_bad_o
);
  localparam int unsigned RateLanes = keccak_pkg::RateLanes;
  localparam int unsigned RateBytes = keccak_pkg::RateBytes;

  // Stage 1: which lanes make the next block.
  logic        inside_q;  // a message has been begun
  logic [31:0] left_q;    // its bytes left
  logic [2:0]  lane_q;
  logic [31:0] left;
  logic [2:0]  lane;
  logic        last;
  logic [4:0]  lanes, end_lane;
  logic        step1, step2;
  assign left     = inside_q ? left_q : message_length_i;
  assign lane     = inside_q ? lane_q : message_lane_i;
  assign last     = left < 32'(RateBytes);
  assign lanes    = last ? 5'((left[7:0] + 8'd7) >> 3) : 5'(RateLanes);
  assign end_lane = 5'(lane) + lanes;
  assign step1    = message_valid_i && (!op_valid_q || step2);
  assign message_ready_o = step1 && last;

  logic       op_valid_q, op_first_q, op_last_q, op_bad_q;
  logic [2:0] op_lane_q;
  logic [7:0] op_bytes_q;             // of the message in this block
  logic [1:0] op_need_q, op_release_q; // beats that must be there; beats that are done with then
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      inside_q   <= 1'b0;
      op_valid_q <= 1'b0;
    end else begin
      if (step1) begin
        inside_q <= !last;
      end
      op_valid_q <= step1 || (op_valid_q && !step2);
    end
    if (step1) begin
      left_q       <= left - 32'(RateBytes);
      lane_q       <= end_lane[2:0];
      op_first_q   <= !inside_q;
      op_last_q    <= last;
      op_bad_q     <= message_bad_i;
      op_lane_q    <= lane;
      op_bytes_q   <= last ? left[7:0] : 8'(RateBytes);
      op_need_q    <= lanes == '0 ? 2'd0 : end_lane[4:3] + 2'(end_lane[2:0] != '0);
      op_release_q <= end_lane[4:3] + 2'(last && message_drop_i && end_lane[2:0] != '0);
    end
  end

  // Stage 2: the window.
  logic [1535:0] window_d, window_q;
  logic [1:0]    beats_q, kept, released;  // in the window; of these, kept in this cycle
  logic          ready2, take;
  assign ready2       = !cut_valid_q || step3;
  assign step2        = op_valid_q && ready2 && beats_q >= op_need_q;
  assign released     = step2 ? op_release_q : 2'd0;
  assign kept         = beats_q - released;
  assign beat_ready_o = kept != 2'd3;
  assign take         = beat_valid_i && beat_ready_o;

  always_comb begin
    unique case (released)
      2'd0:    window_d = window_q;
      2'd1:    window_d = {512'd0, window_q[1535:512]};
      2'd2:    window_d = {1024'd0, window_q[1535:1024]};
      default: window_d = '0;
    endcase
    if (take) begin
      unique case (kept)
        2'd0:    window_d[511:0] = beat_i;
        2'd1:    window_d[1023:512] = beat_i;
        default: window_d[1535:1024] = beat_i;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beats_q <= '0;
    end else begin
      beats_q <= kept + 2'(take);
    end
    window_q <= window_d;
  end

  // Stage 3: the lanes of the block, with whatever lies behind the message.
  logic          cut_valid_q, cut_first_q, cut_last_q, cut_bad_q, step3;
  logic [1087:0] cut_q;
  logic [7:0]    cut_bytes_q;
  assign step3 = cut_valid_q && (!block_valid_q || block_ready_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cut_valid_q <= 1'b0;
    end else begin
      cut_valid_q <= step2 || (cut_valid_q && !step3);
    end
    if (step2) begin
      cut_q       <= 1088'(window_q >> {op_lane_q, 6'd0});
      cut_first_q <= op_first_q;
      cut_last_q  <= op_last_q;
      cut_bad_q   <= op_bad_q;
      cut_bytes_q <= op_bytes_q;
    end
  end

  // Stage 4: padding.
  logic [1087:0] padded;
  logic [63:0]   tail_mask, tail_pad;  // of the lane in which the message ends
  assign tail_mask = ~(64'hffffffffffffffff << {cut_bytes_q[2:0], 3'd0});
  assign tail_pad  = 64'd1 << {cut_bytes_q[2:0], 3'd0};
  for (genvar i = 0; i < RateLanes; i++) begin : gen_pad
    logic        whole, tail;
    logic [63:0] kept_lane, end_pad;
    assign whole     = cut_bytes_q[7:3] > 5'(i);
    assign tail      = cut_bytes_q[7:3] == 5'(i);
    assign kept_lane = whole ? cut_q[64*i+:64] : tail ? (cut_q[64*i+:64] & tail_mask) | tail_pad : '0;
    assign end_pad   = i == RateLanes - 1 && cut_last_q ? 64'h8000000000000000 : '0;
    assign padded[64*i+:64] = kept_lane ^ end_pad;
  end

  logic          block_valid_q, block_first_q, block_last_q, block_bad_q;
  logic [1087:0] block_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      block_valid_q <= 1'b0;
    end else begin
      block_valid_q <= step3 || (block_valid_q && !block_ready_i);
    end
    if (step3) begin
      block_q       <= padded;
      block_first_q <= cut_first_q;
      block_last_q  <= cut_last_q;
      block_bad_q   <= cut_bad_q;
    end
  end
  assign block_valid_o = block_valid_q;
  assign block_o       = block_q;
  assign block_first_o = block_first_q;
  assign block_last_o  = block_last_q;
  assign block_bad_o   = block_bad_q;
endmodule
