// A kernel to test the simulated card with: writes every 32-bit word of the input buffer, plus one, to the
// output buffer. Arguments and ports are those of hw/README.md.
//
// It streams a beat a cycle with up to 128 beats of reads outstanding. Register 0x40 makes it misbehave:
//   0 not at all       1 $error at the third beat   2 reads a burst more than it may
//   3 is never done    4 is done while its last writes are not answered
//   5 writes a whole last beat where output_bytes ends inside of it
// Reading 0x44 is answered with SLVERR, reading 0x48 gives the number of error responses of the latest run.
module increment (
    input  logic         ap_clk,
    input  logic         ap_rst_n,
    output logic         interrupt,

    input  logic [11:0]  s_axi_control_awaddr,
    input  logic         s_axi_control_awvalid,
    output logic         s_axi_control_awready,
    input  logic [31:0]  s_axi_control_wdata,
    input  logic [3:0]   s_axi_control_wstrb,
    input  logic         s_axi_control_wvalid,
    output logic         s_axi_control_wready,
    output logic [1:0]   s_axi_control_bresp,
    output logic         s_axi_control_bvalid,
    input  logic         s_axi_control_bready,
    input  logic [11:0]  s_axi_control_araddr,
    input  logic         s_axi_control_arvalid,
    output logic         s_axi_control_arready,
    output logic [31:0]  s_axi_control_rdata,
    output logic [1:0]   s_axi_control_rresp,
    output logic         s_axi_control_rvalid,
    input  logic         s_axi_control_rready,

    output logic         m_axi_gmem_awvalid,
    input  logic         m_axi_gmem_awready,
    output logic [0:0]   m_axi_gmem_awid,
    output logic [63:0]  m_axi_gmem_awaddr,
    output logic [7:0]   m_axi_gmem_awlen,
    output logic [2:0]   m_axi_gmem_awsize,
    output logic [1:0]   m_axi_gmem_awburst,
    output logic         m_axi_gmem_wvalid,
    input  logic         m_axi_gmem_wready,
    output logic [511:0] m_axi_gmem_wdata,
    output logic [63:0]  m_axi_gmem_wstrb,
    output logic         m_axi_gmem_wlast,
    input  logic         m_axi_gmem_bvalid,
    output logic         m_axi_gmem_bready,
    input  logic [0:0]   m_axi_gmem_bid,
    input  logic [1:0]   m_axi_gmem_bresp,
    output logic         m_axi_gmem_arvalid,
    input  logic         m_axi_gmem_arready,
    output logic [0:0]   m_axi_gmem_arid,
    output logic [63:0]  m_axi_gmem_araddr,
    output logic [7:0]   m_axi_gmem_arlen,
    output logic [2:0]   m_axi_gmem_arsize,
    output logic [1:0]   m_axi_gmem_arburst,
    input  logic         m_axi_gmem_rvalid,
    output logic         m_axi_gmem_rready,
    input  logic [0:0]   m_axi_gmem_rid,
    input  logic [511:0] m_axi_gmem_rdata,
    input  logic [1:0]   m_axi_gmem_rresp,
    input  logic         m_axi_gmem_rlast
);
  localparam int unsigned Burst = 16;
  localparam int unsigned Depth = 128;
  localparam logic [2:0] ModeAssert = 1, ModeReadMore = 2, ModeHang = 3, ModeDoneEarly = 4,
                         ModeWholeBeat = 5;

  // ---------------------------------------------------------------- control registers
  logic [63:0] input_q, output_q, input_bytes_q, output_bytes_q;
  logic [2:0]  mode_q;
  logic [31:0] errors_q;
  logic        running_q, done_q, gie_q, ier_q, isr_q;
  logic        start, finish, write, read;

  assign write = s_axi_control_awvalid && s_axi_control_wvalid &&
                 (!s_axi_control_bvalid || s_axi_control_bready);
  assign read = s_axi_control_arvalid && (!s_axi_control_rvalid || s_axi_control_rready);
  assign s_axi_control_awready = write;
  assign s_axi_control_wready = write;
  assign s_axi_control_arready = read;
  assign s_axi_control_bresp = 2'b00;
  assign start = write && s_axi_control_awaddr == 12'h000 && s_axi_control_wdata[0] && !running_q;
  assign interrupt = gie_q && isr_q;

  always_ff @(posedge ap_clk) begin
    if (write) begin
      unique case (s_axi_control_awaddr)
        12'h004: gie_q <= s_axi_control_wdata[0];
        12'h008: ier_q <= s_axi_control_wdata[0];
        12'h00c: isr_q <= isr_q ^ s_axi_control_wdata[0];
        12'h010: input_q[31:0] <= s_axi_control_wdata;
        12'h014: input_q[63:32] <= s_axi_control_wdata;
        12'h01c: output_q[31:0] <= s_axi_control_wdata;
        12'h020: output_q[63:32] <= s_axi_control_wdata;
        12'h028: input_bytes_q[31:0] <= s_axi_control_wdata;
        12'h02c: input_bytes_q[63:32] <= s_axi_control_wdata;
        12'h034: output_bytes_q[31:0] <= s_axi_control_wdata;
        12'h038: output_bytes_q[63:32] <= s_axi_control_wdata;
        12'h040: mode_q <= s_axi_control_wdata[2:0];
        default: ;
      endcase
    end
    if (finish && ier_q) isr_q <= 1'b1;
    if (finish) done_q <= 1'b1;
    if (s_axi_control_bready) s_axi_control_bvalid <= 1'b0;
    if (write) s_axi_control_bvalid <= 1'b1;

    if (s_axi_control_rready) s_axi_control_rvalid <= 1'b0;
    if (read) begin
      s_axi_control_rvalid <= 1'b1;
      s_axi_control_rresp <= s_axi_control_araddr == 12'h044 ? 2'b10 : 2'b00;
      unique case (s_axi_control_araddr)
        12'h000: begin
          s_axi_control_rdata <= {28'd0, done_q, !running_q, done_q, running_q};
          done_q <= finish;
        end
        12'h00c: s_axi_control_rdata <= {31'd0, isr_q};
        12'h048: s_axi_control_rdata <= errors_q;
        12'hff0: s_axi_control_rdata <= 32'h7e57_0001;
        12'hff4: s_axi_control_rdata <= 32'h0001_0203;
        default: s_axi_control_rdata <= 32'd0;
      endcase
    end
    if (!ap_rst_n) begin
      {s_axi_control_bvalid, s_axi_control_rvalid, done_q, gie_q, ier_q, isr_q} <= '0;
      mode_q <= '0;
    end
  end

  // ---------------------------------------------------------------- reading
  logic [511:0] fifo[Depth];
  logic [63:0]  beats, read_left_q, write_left_q, taken_q;
  logic [7:0]   head_q, tail_q, reserved_q;  // beats, modulo twice the depth
  logic [7:0]   read_beats, write_beats, filled;
  logic [7:0]   outstanding_q;
  logic         push, pop, read_address;

  assign beats = (input_bytes_q + 64'd63) >> 6;
  assign read_beats = read_left_q < 64'(Burst) ? read_left_q[7:0] : 8'(Burst);
  assign filled = tail_q - head_q;
  assign m_axi_gmem_arsize = 3'd6;
  assign m_axi_gmem_arburst = 2'b01;
  assign m_axi_gmem_rready = 1'b1;
  assign push = m_axi_gmem_rvalid;
  assign read_address = m_axi_gmem_arvalid && m_axi_gmem_arready;

  // A burst is asked for only when its beats have a place. Bursts of two IDs may come back in any order,
  // and this kernel has no reordering: so one ID a run.
  always_ff @(posedge ap_clk) begin
    if (start) begin
      m_axi_gmem_araddr <= input_q;
      read_left_q <= beats + (mode_q == ModeReadMore ? 64'(Burst) : 64'd0);
      tail_q <= '0;
      taken_q <= '0;
      errors_q <= '0;
      reserved_q <= '0;
      outstanding_q <= '0;
      m_axi_gmem_arid <= ~m_axi_gmem_arid;
    end else if (running_q) begin
      if (!m_axi_gmem_arvalid && read_left_q != 0 &&
          8'(reserved_q - head_q) <= 8'(Depth - Burst)) begin
        m_axi_gmem_arvalid <= 1'b1;
        m_axi_gmem_arlen <= read_beats - 8'd1;
        reserved_q <= reserved_q + read_beats;
      end
      if (read_address) begin
        m_axi_gmem_arvalid <= 1'b0;
        m_axi_gmem_araddr <= m_axi_gmem_araddr + 64'(Burst * 64);
        read_left_q <= read_left_q - 64'(m_axi_gmem_arlen) - 64'd1;
      end
      outstanding_q <= outstanding_q + (read_address ? m_axi_gmem_arlen + 8'd1 : 8'd0) - 8'(push);
      if (push) begin
        fifo[tail_q[6:0]] <= m_axi_gmem_rdata;
        tail_q <= tail_q + 8'd1;
        taken_q <= taken_q + 64'd1;
        if (mode_q == ModeAssert && taken_q == 2) $error("third beat of a run told to fail");
      end
      if ((push && m_axi_gmem_rresp != 2'b00) || (m_axi_gmem_bvalid && m_axi_gmem_bresp != 2'b00))
        errors_q <= errors_q + 32'd1;
    end
    if (!ap_rst_n) begin
      m_axi_gmem_arvalid <= 1'b0;
      m_axi_gmem_arid <= '0;
    end
  end

  // ---------------------------------------------------------------- writing
  // Address and data of a burst are offered at once; data may be taken first.
  logic [7:0]   data_left_q, unanswered_q;
  logic [63:0]  out_left_q;  // bytes of the output from the next beat on
  logic [511:0] beat;
  logic         ended;

  assign write_beats = write_left_q < 64'(Burst) ? write_left_q[7:0] : 8'(Burst);
  assign beat = fifo[head_q[6:0]];
  assign pop = m_axi_gmem_wvalid && m_axi_gmem_wready;
  assign m_axi_gmem_awid = m_axi_gmem_awaddr[11];
  assign m_axi_gmem_awsize = 3'd6;
  assign m_axi_gmem_awburst = 2'b01;
  assign m_axi_gmem_wvalid = data_left_q != 0;
  assign m_axi_gmem_wlast = data_left_q == 1;
  assign m_axi_gmem_wstrb =
      (out_left_q >= 64 || mode_q == ModeWholeBeat) ? '1 : ~({64{1'b1}} << out_left_q[5:0]);
  assign m_axi_gmem_bready = 1'b1;
  assign ended = read_left_q == 0 && outstanding_q == 0 && write_left_q == 0 &&
                 data_left_q == 0 && !m_axi_gmem_awvalid && !m_axi_gmem_arvalid &&
                 (unanswered_q == 0 || mode_q == ModeDoneEarly);
  assign finish = running_q && ended && mode_q != ModeHang;

  for (genvar i = 0; i < 16; i++) begin : gen_word
    assign m_axi_gmem_wdata[32*i+:32] = beat[32*i+:32] + 32'd1;
  end

  always_ff @(posedge ap_clk) begin
    if (start) begin
      m_axi_gmem_awaddr <= output_q - 64'(Burst * 64);
      write_left_q <= beats;
      out_left_q <= output_bytes_q;
      head_q <= '0;
      data_left_q <= '0;
      unanswered_q <= '0;
      running_q <= 1'b1;
    end else if (running_q) begin
      if (!m_axi_gmem_awvalid && data_left_q == 0 && write_left_q != 0 && filled >= write_beats &&
          unanswered_q < 8'd16) begin
        m_axi_gmem_awvalid <= 1'b1;
        m_axi_gmem_awaddr <= m_axi_gmem_awaddr + 64'(Burst * 64);
        m_axi_gmem_awlen <= write_beats - 8'd1;
        write_left_q <= write_left_q - 64'(write_beats);
        data_left_q <= write_beats;
      end
      if (m_axi_gmem_awready && m_axi_gmem_awvalid) m_axi_gmem_awvalid <= 1'b0;
      if (pop) begin
        head_q <= head_q + 8'd1;
        data_left_q <= data_left_q - 8'd1;
        out_left_q <= out_left_q >= 64 ? out_left_q - 64'd64 : 64'd0;
      end
      unanswered_q <= unanswered_q + 8'(m_axi_gmem_awvalid && m_axi_gmem_awready) -
                      8'(m_axi_gmem_bvalid);
      if (finish) running_q <= 1'b0;
    end
    if (!ap_rst_n) begin
      running_q <= 1'b0;
      m_axi_gmem_awvalid <= 1'b0;
      data_left_q <= '0;
    end
  end

  logic unused;
  assign unused = ^{s_axi_control_wstrb, m_axi_gmem_bid, m_axi_gmem_rid, m_axi_gmem_rlast};
endmodule
