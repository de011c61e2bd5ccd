// Joins reads that follow each other in memory into long ones, so that many short messages cost few bursts.
//
// A read [offset, offset + beats) that begins where the one before ended is added to it. What has been gathered goes out as
// far as the last multiple of 64 beats that it reaches; the rest waits for more, but goes out when the next read lies
// elsewhere, when no more will come (last_i), or when the reader is hungry (hungry_i) and nothing is offered.
// base_i is the position of offset 0 within 64 beats, so that bursts end where those of the read master end.
// latency     1 cycle
// throughput  one read a cycle while reads follow each other
module read_coalescer (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [5:0]                        base_i,
  input  logic                              hungry_i,
  input  logic                              last_i,
  input  logic                              valid_i,
  output logic                              ready_o,
  input  logic [batch_pkg::LengthWidth-1:0] offset_i,
  input  logic [batch_pkg::LengthWidth-1:0] beats_i,   // 0 is taken and forgotten
  output logic                              valid_o,
  input  logic                              ready_i,
  output logic [batch_pkg::LengthWidth-1:0] offset_o,
  output logic [batch_pkg::LengthWidth-1:0] beats_o
);
  localparam int unsigned LW = batch_pkg::LengthWidth;

  logic [LW-1:0] offset_q, beats_q, end_q;  // gathered: [offset, end), beats = end - offset
  logic [5:0]    beyond;                    // beats gathered since the last boundary, if one was passed
  logic          passes, follows, blocked, flush, take, give;
  logic [LW-1:0] give_beats;

  assign beyond  = end_q[5:0] + base_i;
  assign passes  = beats_q > LW'(beyond);
  assign follows = beats_q == '0 || offset_i == end_q;
  assign blocked = valid_i && !follows;
  assign flush   = blocked || (!valid_i && (last_i || hungry_i));

  // A read that ends exactly on a boundary has nothing beyond it and goes out whole.
  assign give_beats = flush && !passes ? beats_q : beats_q - LW'(beyond);
  assign valid_o    = beats_q != '0 && (passes || flush);
  assign offset_o   = offset_q;
  assign beats_o    = give_beats;
  assign give       = valid_o && ready_i;

  assign ready_o = beats_i == '0 || follows;
  assign take    = valid_i && ready_o && beats_i != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beats_q <= '0;
    end else begin
      beats_q <= beats_q - (give ? give_beats : '0) + (take ? beats_i : '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (give) begin
      offset_q <= offset_q + give_beats;
    end
    if (take) begin
      end_q <= offset_i + beats_i;
      if (beats_q == '0) begin
        offset_q <= offset_i;
      end
    end
  end
endmodule
