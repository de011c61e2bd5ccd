// AXI4-Lite control block with the register map and semantics that Vitis gives ap_ctrl_hs kernels.
//
//   0x000 CTRL  bit 0 ap_start (write 1; clears when the kernel takes it, unless auto-restart), 1 ap_done (set by done,
//               cleared by a read of CTRL), 2 ap_idle, 3 ap_ready (as done), 4 ap_continue (write 1 acknowledges done,
//               reads 0), 7 auto-restart
//   0x004 GIE   bit 0     0x008 IER  bit 0 done, 1 ready     0x00c ISR  bit 0 done, 1 ready; writing 1 toggles
//   0x010 + 12·i  argument i, 64 bits, low word first
//   0xff0 kernel id, 0xff4 kernel version (read-only)
// Reads of anything else give 0, writes to anything else are lost; every access is answered with OKAY.
//
// Kernel side: start_o is high while a run is asked for; the kernel answers with one cycle of done_i at its end and then
// looks at start_o again. idle_i is high while no run is under way. args_o is stable during a run if the host keeps to it.
// latency: a write takes 1 cycle after address and data are there, a read 1 cycle. One access at a time each way.
module axil_control #(
  parameter int unsigned AddrWidth     = 12,
  parameter int unsigned NumArgs       = 4,
  parameter logic [31:0] KernelId      = 32'd0,
  parameter logic [31:0] KernelVersion = 32'd0
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  awvalid_i,
  output logic                  awready_o,
  input  logic [AddrWidth-1:0]  awaddr_i,
  input  logic                  wvalid_i,
  output logic                  wready_o,
  input  logic [31:0]           wdata_i,
  input  logic [3:0]            wstrb_i,
  output logic                  bvalid_o,
  input  logic                  bready_i,
  output logic [1:0]            bresp_o,
  input  logic                  arvalid_i,
  output logic                  arready_o,
  input  logic [AddrWidth-1:0]  araddr_i,
  output logic                  rvalid_o,
  input  logic                  rready_i,
  output logic [31:0]           rdata_o,
  output logic [1:0]            rresp_o,
  output logic                  interrupt_o,

  output logic                  start_o,
  input  logic                  idle_i,
  input  logic                  done_i,
  output logic [64*NumArgs-1:0] args_o
);
  localparam int unsigned WordWidth = AddrWidth - 2;
  localparam logic [WordWidth-1:0] WordCtrl    = WordWidth'(0);
  localparam logic [WordWidth-1:0] WordGie     = WordWidth'(1);
  localparam logic [WordWidth-1:0] WordIer     = WordWidth'(2);
  localparam logic [WordWidth-1:0] WordIsr     = WordWidth'(3);
  localparam logic [WordWidth-1:0] WordId      = WordWidth'(12'hff0 >> 2);
  localparam logic [WordWidth-1:0] WordVersion = WordWidth'(12'hff4 >> 2);
  localparam int unsigned FirstArg = 4;  // in words, as the 3 words from one argument to the next

  logic unused_byte_address;
  assign unused_byte_address = ^{awaddr_i[1:0], araddr_i[1:0]};

  logic                  start_q, auto_restart_q, done_q, ready_q, gie_q;
  logic [1:0]            ier_q, isr_q;
  logic [64*NumArgs-1:0] args_q;

  // Writes: address and data are taken together.
  logic                 write, bvalid_q;
  logic [WordWidth-1:0] write_word;
  logic [31:0]          write_mask;
  assign write      = awvalid_i && wvalid_i && !bvalid_q;
  assign write_word = awaddr_i[AddrWidth-1:2];
  assign write_mask = {{8{wstrb_i[3]}}, {8{wstrb_i[2]}}, {8{wstrb_i[1]}}, {8{wstrb_i[0]}}};
  assign awready_o  = write;
  assign wready_o   = write;
  assign bvalid_o   = bvalid_q;
  assign bresp_o    = 2'b00;

  logic write_ctrl, write_isr;
  assign write_ctrl = write && write_word == WordCtrl && wstrb_i[0];
  assign write_isr  = write && write_word == WordIsr && wstrb_i[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bvalid_q <= 1'b0;
    end else begin
      bvalid_q <= write || (bvalid_q && !bready_i);
    end
  end

  // Reads.
  logic                 read, rvalid_q;
  logic [WordWidth-1:0] read_word;
  logic [31:0]          read_data, rdata_q;
  assign read      = arvalid_i && !rvalid_q;
  assign read_word = araddr_i[AddrWidth-1:2];
  assign arready_o = !rvalid_q;
  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;
  assign rresp_o   = 2'b00;

  always_comb begin
    read_data = '0;
    case (read_word)
      WordCtrl:    read_data = {24'd0, auto_restart_q, 3'd0, ready_q, idle_i && !start_q, done_q, start_q};
      WordGie:     read_data = {31'd0, gie_q};
      WordIer:     read_data = {30'd0, ier_q};
      WordIsr:     read_data = {30'd0, isr_q};
      WordId:      read_data = KernelId;
      WordVersion: read_data = KernelVersion;
      default: begin
        for (int unsigned i = 0; i < NumArgs; i++) begin
          if (read_word == WordWidth'(FirstArg + 3 * i)) read_data = args_q[64*i+:32];
          if (read_word == WordWidth'(FirstArg + 3 * i + 1)) read_data = args_q[64*i+32+:32];
        end
      end
    endcase
  end

  logic read_ctrl;
  assign read_ctrl = read && read_word == WordCtrl;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rvalid_q <= 1'b0;
    end else begin
      rvalid_q <= read || (rvalid_q && !rready_i);
    end
    if (read) begin
      rdata_q <= read_data;
    end
  end

  // Handshake of runs. The kernel's ready is its done: it takes a new start only when the run has ended.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      start_q        <= 1'b0;
      auto_restart_q <= 1'b0;
      done_q         <= 1'b0;
      ready_q        <= 1'b0;
    end else begin
      if (write_ctrl) begin
        auto_restart_q <= wdata_i[7];
      end
      if (write_ctrl && wdata_i[0]) begin
        start_q <= 1'b1;
      end else if (done_i) begin
        start_q <= auto_restart_q;
      end
      if (done_i) begin
        done_q  <= 1'b1;
        ready_q <= 1'b1;
      end else if (read_ctrl || (write_ctrl && wdata_i[4])) begin
        done_q  <= 1'b0;
        ready_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      gie_q <= 1'b0;
      ier_q <= '0;
      isr_q <= '0;
    end else begin
      if (write && write_word == WordGie && wstrb_i[0]) gie_q <= wdata_i[0];
      if (write && write_word == WordIer && wstrb_i[0]) ier_q <= wdata_i[1:0];
      isr_q <= (isr_q ^ (write_isr ? wdata_i[1:0] : 2'b00)) | (ier_q & {2{done_i}});
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      args_q <= '0;
    end else if (write) begin
      for (int unsigned i = 0; i < NumArgs; i++) begin
        if (write_word == WordWidth'(FirstArg + 3 * i)) begin
          args_q[64*i+:32] <= (args_q[64*i+:32] & ~write_mask) | (wdata_i & write_mask);
        end
        if (write_word == WordWidth'(FirstArg + 3 * i + 1)) begin
          args_q[64*i+32+:32] <= (args_q[64*i+32+:32] & ~write_mask) | (wdata_i & write_mask);
        end
      end
    end
  end

  assign start_o     = start_q;
  assign args_o      = args_q;
  assign interrupt_o = gie_q && isr_q != '0;
endmodule
