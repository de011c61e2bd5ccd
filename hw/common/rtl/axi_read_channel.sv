// One stream of an axi_read_master: turns requests of any length into bursts and holds what comes back.
//
// A burst is offered only when the FIFO has room for all of it on top of everything that is under way, so that read data
// never has to wait. Bursts end at multiples of 4 KiB and so have at most 64 beats.
// latency: 2 cycles from a request to its first burst; 2 cycles from push_i to data_valid_o.
module axi_read_channel #(
  parameter int unsigned Depth = 256  // beats; at least 64
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,   // forget everything; only while nothing is under way
  // requests, in beats of 64 bytes
  input  logic                                req_valid_i,
  output logic                                req_ready_o,
  input  logic [batch_pkg::BeatAddrWidth-1:0] req_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req_beats_i,  // not 0
  input  logic                                req_counts_i, // the beats count in the checksum of the input
  // data, in order of requests
  output logic                                data_valid_o,
  input  logic                                data_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]     data_o,
  output logic [$clog2(Depth+1)-1:0]          level_o,      // beats under way or held
  // to the master
  output logic                                burst_valid_o,
  input  logic                                burst_ready_i,
  output logic [batch_pkg::BeatAddrWidth-1:0] burst_addr_o,
  output logic [6:0]                          burst_beats_o,
  output logic                                burst_counts_o,
  input  logic                                push_i,
  input  logic [batch_pkg::BeatWidth-1:0]     push_data_i
);
  localparam int unsigned LevelWidth = $clog2(Depth + 1);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned LW = batch_pkg::LengthWidth;

  if (Depth < batch_pkg::BurstBeats) begin : gen_parameter_check
    $error("Depth must hold a burst");
  end

  logic [AW-1:0]         addr_q;
  logic [LW-1:0]         beats_q;
  logic [LevelWidth-1:0] level_q;

  // The burst after the one on offer.
  logic [6:0]  to_boundary, next_beats;
  logic        next_fits, advance;
  assign to_boundary = 7'(batch_pkg::BurstBeats) - {1'b0, addr_q[5:0]};
  assign next_beats  = beats_q < LW'(to_boundary) ? beats_q[6:0] : to_boundary;
  assign next_fits   = (LevelWidth + 1)'(level_q) + (LevelWidth + 1)'(next_beats) <= (LevelWidth + 1)'(Depth);

  logic          burst_valid_q, counts_q, burst_counts_q;
  logic [AW-1:0] burst_addr_q;
  logic [6:0]    burst_beats_q;
  assign advance       = beats_q != '0 && next_fits && (!burst_valid_q || burst_ready_i);
  assign burst_valid_o = burst_valid_q;
  assign burst_addr_o  = burst_addr_q;
  assign burst_beats_o = burst_beats_q;
  assign burst_counts_o = burst_counts_q;
  assign req_ready_o   = beats_q == '0;
  assign level_o       = level_q;

  logic pop;
  assign pop = data_valid_o && data_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      beats_q       <= '0;
      level_q       <= '0;
      burst_valid_q <= 1'b0;
    end else begin
      if (advance) begin
        beats_q <= beats_q - LW'(next_beats);
      end else if (req_valid_i && req_ready_o) begin
        beats_q <= req_beats_i;
      end
      level_q       <= level_q + (advance ? LevelWidth'(next_beats) : '0) - LevelWidth'(pop);
      burst_valid_q <= advance || (burst_valid_q && !burst_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance) begin
      addr_q         <= addr_q + AW'(next_beats);
      burst_addr_q   <= addr_q;
      burst_beats_q  <= next_beats;
      burst_counts_q <= counts_q;
    end else if (req_valid_i && req_ready_o) begin
      addr_q   <= req_addr_i;
      counts_q <= req_counts_i;
    end
  end

  logic                       push_ready;
  logic [$clog2(Depth+1)-1:0] unused_held;
  sync_fifo #(
    .Width(batch_pkg::BeatWidth),
    .Depth(Depth)
  ) u_fifo (
    .clk_i,
    .rst_ni (rst_ni && !clear_i),
    .valid_i(push_i),
    .ready_o(push_ready),
    .data_i (push_data_i),
    .valid_o(data_valid_o),
    .ready_i(data_ready_i),
    .data_o,
    .level_o(unused_held)
  );

  logic unused_push_ready;
  assign unused_push_ready = push_ready;  // credit makes it always 1: see axi_read_channel_sva.sv
endmodule
