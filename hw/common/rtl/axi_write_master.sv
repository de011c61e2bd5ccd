// AXI4 write master for two streams that share one port. Channel 0 goes first.
//
// A stream asks for any number of beats and then delivers them; bursts have at most 64 beats, never cross 4 KiB, and begin
// when all their data is here. Write data follows its address; up to Ahead addresses go ahead of their data, so that short
// bursts leave no gap between them; any number of responses may be awaited. All bursts have ID 0.
// stop_i begins no further burst; idle_o says that none is under way and all responses are in; clear_i makes the master as
// new. done_o: all that was asked for is written and answered. error_o is a pulse: a response was SLVERR or DECERR.
module axi_write_master #(
  parameter int unsigned Depth0 = 128,
  parameter int unsigned Depth1 = 64,
  parameter int unsigned Ahead  = 8
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                stop_i,
  input  logic                                clear_i,
  output logic                                idle_o,
  output logic                                done_o,
  output logic                                error_o,
  output logic                                beat_o,  // a beat was written, to beat_addr_o: for counters and checksums
  output logic [batch_pkg::BeatAddrWidth-1:0] beat_addr_o,

  input  logic                                req0_valid_i,
  output logic                                req0_ready_o,
  input  logic [batch_pkg::BeatAddrWidth-1:0] req0_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req0_beats_i,
  input  logic                                req0_half_i,
  input  logic                                data0_valid_i,
  output logic                                data0_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     data0_i,

  input  logic                                req1_valid_i,
  output logic                                req1_ready_o,
  input  logic [batch_pkg::BeatAddrWidth-1:0] req1_addr_i,
  input  logic [batch_pkg::LengthWidth-1:0]   req1_beats_i,
  input  logic                                req1_half_i,
  input  logic                                data1_valid_i,
  output logic                                data1_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]     data1_i,

  output logic                                awvalid_o,
  input  logic                                awready_i,
  output logic [63:0]                         awaddr_o,
  output logic [7:0]                          awlen_o,
  output logic                                wvalid_o,
  input  logic                                wready_i,
  output logic [batch_pkg::BeatWidth-1:0]     wdata_o,
  output logic [batch_pkg::BeatBytes-1:0]     wstrb_o,
  output logic                                wlast_o,
  input  logic                                bvalid_i,
  output logic                                bready_o,
  input  logic [1:0]                          bresp_i
);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned AwaitedWidth = 16;
  logic [AwaitedWidth-1:0] awaited_q;  // bursts without a response yet

  logic          burst0_valid, burst1_valid, burst0_ready, burst1_ready, burst0_half, burst1_half;
  logic [AW-1:0] burst0_addr, burst1_addr;
  logic [6:0]    burst0_beats, burst1_beats;
  logic          pop0_valid, pop1_valid, pop0_ready, pop1_ready;
  logic [batch_pkg::BeatWidth-1:0] pop0_data, pop1_data;

  axi_write_channel #(
    .Depth(Depth0)
  ) u_channel0 (
    .clk_i,
    .rst_ni,
    .clear_i,
    .req_valid_i  (req0_valid_i),
    .req_ready_o  (req0_ready_o),
    .req_addr_i   (req0_addr_i),
    .req_beats_i  (req0_beats_i),
    .req_half_i   (req0_half_i),
    .data_valid_i (data0_valid_i),
    .data_ready_o (data0_ready_o),
    .data_i       (data0_i),
    .burst_valid_o(burst0_valid),
    .burst_ready_i(burst0_ready),
    .burst_addr_o (burst0_addr),
    .burst_beats_o(burst0_beats),
    .burst_half_o (burst0_half),
    .pop_valid_o  (pop0_valid),
    .pop_ready_i  (pop0_ready),
    .pop_data_o   (pop0_data)
  );

  axi_write_channel #(
    .Depth(Depth1)
  ) u_channel1 (
    .clk_i,
    .rst_ni,
    .clear_i,
    .req_valid_i  (req1_valid_i),
    .req_ready_o  (req1_ready_o),
    .req_addr_i   (req1_addr_i),
    .req_beats_i  (req1_beats_i),
    .req_half_i   (req1_half_i),
    .data_valid_i (data1_valid_i),
    .data_ready_o (data1_ready_o),
    .data_i       (data1_i),
    .burst_valid_o(burst1_valid),
    .burst_ready_i(burst1_ready),
    .burst_addr_o (burst1_addr),
    .burst_beats_o(burst1_beats),
    .burst_half_o (burst1_half),
    .pop_valid_o  (pop1_valid),
    .pop_ready_i  (pop1_ready),
    .pop_data_o   (pop1_data)
  );

  // Addresses.
  logic          awvalid_q, grant, order_ready;
  logic [AW-1:0] awaddr_q;
  logic [6:0]    awlen_q, last;  // beats - 1
  assign grant        = !stop_i && order_ready && awaited_q != '1 && (!awvalid_q || awready_i) &&
                        (burst0_valid || burst1_valid);
  assign burst0_ready = grant && burst0_valid;
  assign burst1_ready = grant && !burst0_valid;
  assign last         = (burst0_valid ? burst0_beats : burst1_beats) - 7'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awvalid_q <= 1'b0;
    end else begin
      awvalid_q <= grant || (awvalid_q && !awready_i);
    end
    if (grant) begin
      awaddr_q <= burst0_valid ? burst0_addr : burst1_addr;
      awlen_q  <= last;
    end
  end

  assign awvalid_o = awvalid_q;
  assign awaddr_o  = {awaddr_q, 6'd0};
  assign awlen_o   = {1'b0, awlen_q};

  // Data, in the order of addresses: a burst's begins when its address was taken.
  localparam int unsigned AheadWidth = $clog2(Ahead + 1);
  logic                  order_valid, begin_data, end_data, beat, data_q, half_q, channel1_q, next_half, next_channel1;
  logic [6:0]            next_last, last_q, index_q;
  logic [AW-1:0]         next_addr, addr_q;
  logic [AheadWidth-1:0] addressed_q, unused_level;  // bursts whose address was taken and whose data has not begun
  sync_fifo #(
    .Width(AW + 9),
    .Depth(Ahead)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(grant),
    .ready_o(order_ready),
    .data_i ({burst0_valid ? burst0_addr : burst1_addr, !burst0_valid, burst0_valid ? burst0_half : burst1_half, last}),
    .valid_o(order_valid),
    .ready_i(begin_data),
    .data_o ({next_addr, next_channel1, next_half, next_last}),
    .level_o(unused_level)
  );
  assign end_data   = beat && wlast_o;
  assign begin_data = order_valid && addressed_q != '0 && (!data_q || end_data);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      data_q      <= 1'b0;
      addressed_q <= '0;
    end else begin
      data_q      <= begin_data || (data_q && !end_data);
      addressed_q <= addressed_q + AheadWidth'(awvalid_q && awready_i) - AheadWidth'(begin_data);
    end
    if (begin_data) begin
      addr_q     <= next_addr;
      last_q     <= next_last;
      half_q     <= next_half;
      channel1_q <= next_channel1;
      index_q    <= '0;
    end else if (beat) begin
      index_q <= index_q + 7'd1;
    end
  end

  assign wvalid_o   = data_q && (channel1_q ? pop1_valid : pop0_valid);
  assign wdata_o    = channel1_q ? pop1_data : pop0_data;
  assign wlast_o    = index_q == last_q;
  assign wstrb_o    = {{32{!(wlast_o && half_q)}}, 32'hffffffff};
  assign beat       = wvalid_o && wready_i;
  assign pop0_ready = data_q && !channel1_q && wready_i;
  assign pop1_ready = data_q && channel1_q && wready_i;
  assign beat_o     = beat;
  // No burst leaves its 4 KiB.
  assign beat_addr_o = {addr_q[AW-1:6], addr_q[5:0] + index_q[5:0]};

  // Responses.
  logic response;
  assign bready_o = 1'b1;
  assign response = bvalid_i && bready_o;
  assign error_o  = response && bresp_i[1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awaited_q <= '0;
    end else begin
      awaited_q <= awaited_q + AwaitedWidth'(grant) - AwaitedWidth'(response);
    end
  end

  assign idle_o = awaited_q == '0;
  assign done_o = idle_o && req0_ready_o && req1_ready_o;

  logic unused_resp;
  assign unused_resp = bresp_i[0];
endmodule
