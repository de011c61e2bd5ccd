// What the two checksums in a result header promise (docs/ops.md), bound to every batch_shell:
//   - of what is written, each beat of statuses and results counts once, when the port takes it, and none of header and counters;
//   - of what is read, each beat that its request counts does, once, when it comes; and all that was read was used;
//   - each with its index in its buffer;
//   - the header says what the beats of this run make, and nothing of the one before.
// That the ports' masters report each beat that is taken, and its address, their own properties say (axi_read_master_sva,
// axi_write_master_sva); that beat_crc makes its CRC, formal/prove_beat_crc.py.
`ifndef YOSYS
module batch_shell_sva #(
  parameter bit PlacedResults = 1'b0
) (
  input logic                                clk_i,
  input logic                                rst_ni,
  input logic                                idle,
  input logic                                failed_q,
  input logic [batch_pkg::BeatAddrWidth-1:0] input_addr_q,
  input logic [batch_pkg::BeatAddrWidth-1:0] output_addr_q,
  // what is asked for without a look at ready, and otherwise
  input logic                                header_request,
  input logic                                begin_run,
  input logic                                finish_request,
  input logic                                finish_beat,
  input logic                                req0_ready,
  input logic                                wreq0_ready,
  input logic                                wreq1_ready,
  input logic                                wdata0_ready,
  input logic [batch_pkg::OffsetWidth-1:0]   descriptors_offset,
  input logic [batch_pkg::LengthWidth-1:0]   descriptor_beats,
  input logic [batch_pkg::LengthWidth-1:0]   status_beats,
  input logic [batch_pkg::LengthWidth-1:0]   result_beats,
  input logic                                read_valid_i,
  input logic                                read_ready_o,
  input logic [batch_pkg::LengthWidth-1:0]   read_offset_i,
  input logic [batch_pkg::LengthWidth-1:0]   read_beats_i,
  input logic                                read_counts_i,
  input logic                                place_valid_i,
  input logic                                place_ready_o,
  input logic [batch_pkg::LengthWidth-1:0]   place_offset_i,
  input logic [batch_pkg::LengthWidth-1:0]   place_beats_i,
  // beats of the ports
  input logic                                write_beat,
  input logic [batch_pkg::BeatAddrWidth-1:0] write_addr,
  input logic [batch_pkg::BeatWidth-1:0]     m_axi_wdata_o,
  input logic [batch_pkg::BeatBytes-1:0]     m_axi_wstrb_o,
  input logic                                read_beat,
  input logic                                read_counts,
  input logic [batch_pkg::BeatAddrWidth-1:0] read_addr,
  input logic [batch_pkg::BeatWidth-1:0]     m_axi_rdata_i,
  input logic                                used0,
  input logic                                used1,
  input logic                                other_read_i,
  // the checksums
  input logic                                written_valid,
  input logic [batch_pkg::LengthWidth-1:0]   written_index,
  input logic [batch_pkg::BeatWidth-1:0]     written_data,
  input logic                                written_crc_valid,
  input logic [31:0]                         written_crc,
  input logic                                read_valid,
  input logic [batch_pkg::LengthWidth-1:0]   read_index,
  input logic [batch_pkg::BeatWidth-1:0]     read_data,
  input logic                                read_crc_valid,
  input logic [31:0]                         read_crc,
  input logic                                other_crc_valid,
  input logic [31:0]                         other_crc
);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam logic [AW-1:0] StatusBeat = AW'(2);  // of the output buffer; header and counters lie before it

  logic [AW-1:0] write_place, read_place;  // in their buffers
  logic          header;                   // leaves
  assign write_place = write_addr - output_addr_q;
  assign read_place  = read_addr - input_addr_q;
  assign header      = write_beat && write_place == '0;

  // What this run has asked for and not yet counted, of statuses and results and of what it reads through this port; and the
  // beats that were read and not yet used.
  logic [63:0]   to_write_q, to_read_q, unused_q;
  logic [AW-1:0] results_place;
  assign results_place = StatusBeat + AW'(status_beats);
  always_ff @(posedge clk_i) begin
    if (idle) begin
      to_write_q <= '0;
      to_read_q  <= '0;
      unused_q   <= '0;
    end else begin
      to_write_q <= to_write_q +
                    books_pkg::entry(begin_run, 64'(StatusBeat), 64'(status_beats)) +
                    books_pkg::entry(begin_run && !PlacedResults, 64'(results_place), 64'(result_beats)) +
                    books_pkg::entry(PlacedResults && place_valid_i && place_ready_o,
                                     64'(results_place) + 64'(place_offset_i), 64'(place_beats_i)) -
                    books_pkg::entry(written_valid, 64'(written_index), 64'd1);
      to_read_q  <= to_read_q +
                    books_pkg::entry(header_request && req0_ready, 64'd0, 64'd1) +
                    books_pkg::entry(begin_run, 64'(descriptors_offset) >> 6, 64'(descriptor_beats)) +
                    books_pkg::entry(read_valid_i && read_ready_o && read_counts_i, 64'(read_offset_i), 64'(read_beats_i)) -
                    books_pkg::entry(read_valid, 64'(read_index), 64'd1);
      unused_q <= unused_q + 64'(read_beat) - 64'(used0) - 64'(used1);
    end
  end

  // What the CRCs of this run make.
  logic [31:0] written_q;
  logic [63:0] read_q;
  always_ff @(posedge clk_i) begin
    if (idle) begin
      written_q <= '0;
      read_q    <= '0;
    end else begin
      written_q <= written_q + (written_crc_valid ? written_crc : '0);
      read_q    <= read_q + (read_crc_valid ? 64'(read_crc) : '0) + (other_crc_valid ? 64'(other_crc) : '0);
    end
  end

  WriteCounts: assert property (@(posedge clk_i) disable iff (!rst_ni)
      written_valid == (write_beat && write_place >= StatusBeat));
  WriteIsThat: assert property (@(posedge clk_i) disable iff (!rst_ni)
      written_valid |-> AW'(written_index) == write_place && written_data == m_axi_wdata_o);
  // The host counts bytes that are not written as zeros.
  TailIsZero: assert property (@(posedge clk_i) disable iff (!rst_ni)
      write_beat |-> m_axi_wstrb_o == '1 || (m_axi_wstrb_o == 64'hffffffff && m_axi_wdata_o[511:256] == '0));
  ReadCounts: assert property (@(posedge clk_i) disable iff (!rst_ni) read_valid == (read_beat && read_counts));
  ReadIsThat: assert property (@(posedge clk_i) disable iff (!rst_ni)
      read_valid |-> AW'(read_index) == read_place && read_data == m_axi_rdata_i);
  BaseStays: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !idle && !$past(idle) |-> $stable(input_addr_q) && $stable(output_addr_q));
  NothingLate: assert property (@(posedge clk_i) disable iff (!rst_ni)
      idle |-> !written_crc_valid && !read_crc_valid && !other_crc_valid && !other_read_i);

  AskedIsTaken: assert property (@(posedge clk_i) disable iff (!rst_ni)
      (begin_run |-> req0_ready && wreq0_ready && wreq1_ready));
  FinishIsTaken: assert property (@(posedge clk_i) disable iff (!rst_ni)
      (!finish_request || wreq0_ready) && (!finish_beat || wdata0_ready));

  AllWritten: assert property (@(posedge clk_i) disable iff (!rst_ni) header && !failed_q |-> to_write_q == '0);
  AllRead: assert property (@(posedge clk_i) disable iff (!rst_ni) header && !failed_q |-> to_read_q == '0);
  AllUsed: assert property (@(posedge clk_i) disable iff (!rst_ni) header && !failed_q |-> unused_q == '0);
  HeaderResults: assert property (@(posedge clk_i) disable iff (!rst_ni)
      header |-> m_axi_wdata_o[319:288] == (failed_q ? '0 : written_q));
  HeaderInput: assert property (@(posedge clk_i) disable iff (!rst_ni)
      header |-> m_axi_wdata_o[383:320] == (failed_q ? '0 : read_q));
endmodule

bind batch_shell batch_shell_sva #(
  .PlacedResults(PlacedResults)
) u_batch_shell_sva (
  .clk_i,
  .rst_ni,
  .idle,
  .failed_q,
  .input_addr_q,
  .output_addr_q,
  .header_request(state_q == StHeaderRequest && !unusable_start),
  .begin_run,
  .finish_request(state_q == StFinishRequest),
  .finish_beat,
  .req0_ready,
  .wreq0_ready,
  .wreq1_ready,
  .wdata0_ready,
  .descriptors_offset,
  .descriptor_beats,
  .status_beats,
  .result_beats,
  .read_valid_i,
  .read_ready_o,
  .read_offset_i,
  .read_beats_i,
  .read_counts_i,
  .place_valid_i,
  .place_ready_o,
  .place_offset_i,
  .place_beats_i,
  .write_beat,
  .write_addr,
  .m_axi_wdata_o,
  .m_axi_wstrb_o,
  .read_beat,
  .read_counts,
  .read_addr,
  .m_axi_rdata_i,
  .used0            (descriptor_beat_valid && data0_ready),
  .used1            (data_valid_o && data_ready_i),
  .other_read_i,
  .written_valid    (u_results_crc.valid_i),
  .written_index    (u_results_crc.index_i),
  .written_data     (u_results_crc.beat_i),
  .written_crc_valid,
  .written_crc,
  .read_valid       (u_input_crc.valid_i),
  .read_index       (u_input_crc.index_i),
  .read_data        (u_input_crc.beat_i),
  .read_crc_valid,
  .read_crc,
  .other_crc_valid,
  .other_crc
);
`endif
