// One stream of an axi_write_master: collects the beats of a request and offers them in bursts.
//
// A burst is offered only when all of its data is here, so that the port is never held while data is made. Bursts end at
// multiples of 4 KiB. All bytes of a beat are written, but of the last one of a request only the first 32 if half_i.
module axi_write_channel #(
  parameter int unsigned Depth = 128  // beats; at least 64
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,       // forget everything; only while no burst is under way
  input  logic                                req_valid_i,
  output logic                                req_ready_o,   // the request before has been taken by the port entirely
  input  logic [batch_pkg::BeatAddrWidth-1:0] req_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req_beats_i,
  input  logic                                req_half_i,
  input  logic                                data_valid_i,
  output logic                                data_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     data_i,
  // to the master
  output logic                                burst_valid_o,
  input  logic                                burst_ready_i, // the burst begins
  output logic [batch_pkg::BeatAddrWidth-1:0] burst_addr_o,
  output logic [6:0]                          burst_beats_o,
  output logic                                burst_half_o,  // its last beat is half
  output logic                                pop_valid_o,
  input  logic                                pop_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]     pop_data_o
);
  localparam int unsigned LevelWidth = $clog2(Depth + 1);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned LW = batch_pkg::LengthWidth;

  if (Depth < batch_pkg::BurstBeats) begin : gen_parameter_check
    $error("Depth must hold a burst");
  end

  logic [AW-1:0]         addr_q;
  logic [LW-1:0]         beats_q;
  logic                  half_q;
  logic [LevelWidth-1:0] spare_q;  // beats held and not promised to a burst
  logic [6:0]            to_boundary;
  logic                  push;

  assign req_ready_o   = beats_q == '0;
  assign to_boundary   = 7'(batch_pkg::BurstBeats) - {1'b0, addr_q[5:0]};
  assign burst_beats_o = beats_q < LW'(to_boundary) ? beats_q[6:0] : to_boundary;
  assign burst_addr_o  = addr_q;
  assign burst_half_o  = half_q && beats_q == LW'(burst_beats_o);
  assign burst_valid_o = beats_q != '0 && (LevelWidth + 1)'(spare_q) >= (LevelWidth + 1)'(burst_beats_o);
  assign push          = data_valid_i && data_ready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      beats_q <= '0;
      spare_q <= '0;
    end else begin
      if (burst_ready_i) begin
        beats_q <= beats_q - LW'(burst_beats_o);
      end else if (req_valid_i && req_ready_o) begin
        beats_q <= req_beats_i;
      end
      spare_q <= spare_q + LevelWidth'(push) - (burst_ready_i ? LevelWidth'(burst_beats_o) : '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (burst_ready_i) begin
      addr_q <= addr_q + AW'(burst_beats_o);
    end else if (req_valid_i && req_ready_o) begin
      addr_q <= req_addr_i;
      half_q <= req_half_i;
    end
  end

  logic [LevelWidth-1:0] unused_level;
  sync_fifo #(
    .Width(batch_pkg::BeatWidth),
    .Depth(Depth)
  ) u_fifo (
    .clk_i,
    .rst_ni (rst_ni && !clear_i),
    .valid_i(data_valid_i),
    .ready_o(data_ready_o),
    .data_i,
    .valid_o(pop_valid_o),
    .ready_i(pop_ready_i),
    .data_o (pop_data_o),
    .level_o(unused_level)
  );
endmodule
