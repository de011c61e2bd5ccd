// AXI4 read master for two streams that share one port. Channel 0 goes first.
//
// A stream asks for any number of beats, and says of each request whether they count in a checksum; bursts have at most 64 beats and never cross 4 KiB; up to Outstanding bursts are
// under way; rready is high whenever data can come, because a channel asks only for what its FIFO has room for
// (axi_read_channel). All bursts have ID 0 and so return in order.
// stop_i ends the asking; data that still comes is dropped; idle_o then says when nothing is under way, and clear_i makes
// the master as new. error_o is a pulse: a beat came with SLVERR or DECERR.
// latency: 3 cycles from a request to arvalid, 2 from rvalid to data.
module axi_read_master #(
  parameter int unsigned Depth0      = 128,
  parameter int unsigned Depth1      = 512,
  parameter int unsigned Outstanding = 64
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                stop_i,
  input  logic                                clear_i,
  output logic                                idle_o,
  output logic                                error_o,
  output logic                                beat_o,  // a beat was taken, of rdata_i: for counters and checksums
  output logic                                beat_counts_o,  // its request said so
  output logic [batch_pkg::BeatAddrWidth-1:0] beat_addr_o,

  input  logic                                req0_valid_i,
  output logic                                req0_ready_o,
  input  logic [batch_pkg::BeatAddrWidth-1:0] req0_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req0_beats_i,
  input  logic                                req0_counts_i,
  output logic                                data0_valid_o,
  input  logic                                data0_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]     data0_o,
  output logic [$clog2(Depth0+1)-1:0]         level0_o,

  input  logic                                req1_valid_i,
  output logic                                req1_ready_o,
  input  logic [batch_pkg::BeatAddrWidth-1:0] req1_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req1_beats_i,
  input  logic                                req1_counts_i,
  output logic                                data1_valid_o,
  input  logic                                data1_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]     data1_o,
  output logic [$clog2(Depth1+1)-1:0]         level1_o,

  output logic                                arvalid_o,
  input  logic                                arready_i,
  output logic [63:0]                         araddr_o,
  output logic [7:0]                          arlen_o,
  input  logic                                rvalid_i,
  output logic                                rready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     rdata_i,
  input  logic [1:0]                          rresp_i,
  input  logic                                rlast_i
);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;

  logic          burst0_valid, burst1_valid, burst0_ready, burst1_ready;
  logic [AW-1:0] burst0_addr, burst1_addr;
  logic [6:0]    burst0_beats, burst1_beats;
  logic          burst0_counts, burst1_counts;
  logic          push0, push1;

  axi_read_channel #(
    .Depth(Depth0)
  ) u_channel0 (
    .clk_i,
    .rst_ni,
    .clear_i,
    .req_valid_i  (req0_valid_i),
    .req_ready_o  (req0_ready_o),
    .req_addr_i   (req0_addr_i),
    .req_beats_i  (req0_beats_i),
    .req_counts_i (req0_counts_i),
    .data_valid_o (data0_valid_o),
    .data_ready_i (data0_ready_i),
    .data_o       (data0_o),
    .level_o      (level0_o),
    .burst_valid_o(burst0_valid),
    .burst_ready_i(burst0_ready),
    .burst_addr_o (burst0_addr),
    .burst_beats_o(burst0_beats),
    .burst_counts_o(burst0_counts),
    .push_i       (push0),
    .push_data_i  (rdata_i)
  );

  axi_read_channel #(
    .Depth(Depth1)
  ) u_channel1 (
    .clk_i,
    .rst_ni,
    .clear_i,
    .req_valid_i  (req1_valid_i),
    .req_ready_o  (req1_ready_o),
    .req_addr_i   (req1_addr_i),
    .req_beats_i  (req1_beats_i),
    .req_counts_i (req1_counts_i),
    .data_valid_o (data1_valid_o),
    .data_ready_i (data1_ready_i),
    .data_o       (data1_o),
    .level_o      (level1_o),
    .burst_valid_o(burst1_valid),
    .burst_ready_i(burst1_ready),
    .burst_addr_o (burst1_addr),
    .burst_beats_o(burst1_beats),
    .burst_counts_o(burst1_counts),
    .push_i       (push1),
    .push_data_i  (rdata_i)
  );

  // Address channel.
  logic          arvalid_q, order_ready, grant, grant1;
  logic [AW-1:0] araddr_q;
  logic [6:0]    beats_q;
  assign grant        = (burst0_valid || burst1_valid) && order_ready && !stop_i && (!arvalid_q || arready_i);
  assign grant1       = !burst0_valid;
  assign burst0_ready = grant && !grant1;
  assign burst1_ready = grant && grant1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arvalid_q <= 1'b0;
    end else begin
      arvalid_q <= grant || (arvalid_q && !arready_i);
    end
    if (grant) begin
      araddr_q <= grant1 ? burst1_addr : burst0_addr;
      beats_q  <= (grant1 ? burst1_beats : burst0_beats) - 7'd1;
    end
  end

  assign arvalid_o = arvalid_q;
  assign araddr_o  = {araddr_q, 6'd0};
  assign arlen_o   = {1'b0, beats_q};

  // Which channel each burst under way belongs to, and where it began.
  localparam int unsigned OrderWidth = $clog2(Outstanding + 1);
  logic                  order_valid, order1, order_counts, beat;
  logic [AW-1:0]         order_addr;
  logic [5:0]            index_q;  // of the next beat in its burst
  logic [OrderWidth-1:0] order_level;
  sync_fifo #(
    .Width(2 + AW),
    .Depth(Outstanding)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(grant),
    .ready_o(order_ready),
    .data_i ({grant1, grant1 ? {burst1_counts, burst1_addr} : {burst0_counts, burst0_addr}}),
    .valid_o(order_valid),
    .ready_i(beat && rlast_i),
    .data_o ({order1, order_counts, order_addr}),
    .level_o(order_level)
  );

  assign rready_o = order_valid;
  assign beat     = rvalid_i && rready_o;
  assign push0    = beat && !order1 && !stop_i;
  assign push1    = beat && order1 && !stop_i;
  assign beat_o   = beat;
  assign beat_counts_o = order_counts;
  // No burst leaves its 4 KiB.
  assign beat_addr_o = {order_addr[AW-1:6], order_addr[5:0] + index_q};
  assign error_o  = beat && rresp_i[1];
  assign idle_o   = order_level == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      index_q <= '0;
    end else if (beat) begin
      index_q <= rlast_i ? '0 : index_q + 6'd1;
    end
  end

  logic unused_resp;
  assign unused_resp = rresp_i[0];
endmodule
