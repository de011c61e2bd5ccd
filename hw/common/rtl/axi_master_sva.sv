// The rules of AXI4 that a master of this tree keeps, bound to batch_shell: what is announced stays until it is taken,
// bursts stay inside 4 KiB, WLAST stands at the last beat, write data follows its address, and nothing is asked for outside
// a run.
`ifndef YOSYS
module axi_master_sva (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        running_i,
  input logic        awvalid_i,
  input logic        awready_i,
  input logic [63:0] awaddr_i,
  input logic [7:0]  awlen_i,
  input logic        wvalid_i,
  input logic        wready_i,
  input logic [63:0] wstrb_i,
  input logic        wlast_i,
  input logic        bvalid_i,
  input logic        bready_i,
  input logic        arvalid_i,
  input logic        arready_i,
  input logic [63:0] araddr_i,
  input logic [7:0]  arlen_i,
  input logic        rvalid_i,
  input logic        rready_i,
  input logic        rlast_i
);
  // Bursts whose address was taken and whose data is not all written yet, with their lengths, and beats written of the first;
  // bursts read and not answered, bursts written and not answered.
  localparam int unsigned MaxAhead = 16;
  logic [7:0]  lengths_q [MaxAhead];
  logic [4:0]  bursts_q;
  logic [3:0]  first_q, next_q;
  logic [7:0]  beats_q;
  logic [7:0]  length;
  logic        address;
  assign length = lengths_q[first_q];
  logic [31:0] reads_q, writes_q;
  logic        beat, read_end, write_end;
  assign beat      = wvalid_i && wready_i;
  assign address   = awvalid_i && awready_i;
  assign read_end  = rvalid_i && rready_i && rlast_i;
  assign write_end = bvalid_i && bready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bursts_q <= '0;
      first_q  <= '0;
      next_q   <= '0;
      beats_q  <= '0;
      reads_q  <= '0;
      writes_q <= '0;
    end else begin
      bursts_q <= bursts_q + 5'(address) - 5'(beat && wlast_i);
      next_q   <= next_q + 4'(address);
      first_q  <= first_q + 4'(beat && wlast_i);
      beats_q  <= beat ? (wlast_i ? '0 : beats_q + 8'd1) : beats_q;
      reads_q  <= reads_q + 32'(arvalid_i && arready_i) - 32'(read_end);
      writes_q <= writes_q + 32'(beat && wlast_i) - 32'(write_end);
    end
  end

  always_ff @(posedge clk_i) begin
    if (address) begin
      lengths_q[next_q] <= awlen_i;
    end
  end

  ArStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      arvalid_i && !arready_i |=> arvalid_i && $stable(araddr_i) && $stable(arlen_i));
  AwStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      awvalid_i && !awready_i |=> awvalid_i && $stable(awaddr_i) && $stable(awlen_i));
  WStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      wvalid_i && !wready_i |=> wvalid_i && $stable(wstrb_i) && $stable(wlast_i));
  ArAligned: assert property (@(posedge clk_i) disable iff (!rst_ni) arvalid_i |-> araddr_i[5:0] == '0);
  AwAligned: assert property (@(posedge clk_i) disable iff (!rst_ni) awvalid_i |-> awaddr_i[5:0] == '0);
  ArInsidePage: assert property (@(posedge clk_i) disable iff (!rst_ni)
      arvalid_i |-> 9'(araddr_i[11:6]) + 9'(arlen_i) < 9'd64);
  AwInsidePage: assert property (@(posedge clk_i) disable iff (!rst_ni)
      awvalid_i |-> 9'(awaddr_i[11:6]) + 9'(awlen_i) < 9'd64);
  WAfterAw: assert property (@(posedge clk_i) disable iff (!rst_ni) wvalid_i |-> bursts_q != '0);
  WLast: assert property (@(posedge clk_i) disable iff (!rst_ni) wvalid_i |-> wlast_i == (beats_q == length));
  WStrobe: assert property (@(posedge clk_i) disable iff (!rst_ni) wvalid_i |-> wstrb_i[31:0] == '1);
  FewAhead: assert property (@(posedge clk_i) disable iff (!rst_ni) awvalid_i |-> bursts_q < 5'(MaxAhead));
  Quiet: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !running_i |-> !arvalid_i && !awvalid_i && !wvalid_i && reads_q == '0 && writes_q == '0);
endmodule

bind batch_shell axi_master_sva u_axi_master_sva (
  .clk_i,
  .rst_ni,
  .running_i(state_q != StIdle && state_q != StDone),
  .awvalid_i(m_axi_awvalid_o),
  .awready_i(m_axi_awready_i),
  .awaddr_i (m_axi_awaddr_o),
  .awlen_i  (m_axi_awlen_o),
  .wvalid_i (m_axi_wvalid_o),
  .wready_i (m_axi_wready_i),
  .wstrb_i  (m_axi_wstrb_o),
  .wlast_i  (m_axi_wlast_o),
  .bvalid_i (m_axi_bvalid_i),
  .bready_i (m_axi_bready_o),
  .arvalid_i(m_axi_arvalid_o),
  .arready_i(m_axi_arready_i),
  .araddr_i (m_axi_araddr_o),
  .arlen_i  (m_axi_arlen_o),
  .rvalid_i (m_axi_rvalid_i),
  .rready_i (m_axi_rready_o),
  .rlast_i  (m_axi_rlast_i)
);
`endif
