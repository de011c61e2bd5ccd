// All of a kernel that is not its arithmetic: control registers, the one memory port, the walk over a batch
// (host/include/hyperion/batch.h, hw/README.md). A kernel is this shell and a core.
//
// A run: the shell reads the header and checks it, and raises core_rst_no; descriptors come to the core as a stream of beats,
// exactly as they lie in memory; the core may read beats of the input buffer; it delivers one status and the words of one
// result an item, both in order of items. When all is written and answered, the shell takes core_rst_no down, writes result
// header and counters, and is done. If a response was an error, it takes core_rst_no down at once, lets what is under way come
// to its end, and writes a header that says bad_input with no items.
//
// Core interface (all streams valid/ready; ready of the shell never depends on valid):
//   core_rst_no           the core's reset: low between runs
//   flags_o … data_end_o  of this batch; stable while core_rst_no is high. Offsets count bytes from the input buffer
//   result_words_log2_i   32-byte words of one result, as a function of flags_o: 0: one, 1: two, 2: four
//   descriptor_*          item_count descriptors of 2^DescriptorBytesLog2 bytes, in beats
//   read_*                reads beats [read_offset, + read_beats) of the input buffer, both counted in beats; answered in
//                         order on data_*; data_level_o: beats asked for and not yet taken. The core sees to it that they
//                         lie inside the data section. read_base_o: beats from the last 4 KiB boundary to the buffer
//   status_*, result_*    as many as item_count says
//   place_*, beat_*       with PlacedResults instead of result_*: the core asks for writes of place_beats beats (not 0) from beat
//                         place_offset of the results on, and delivers their beats in that order; it sees to it that they lie
//                         inside results_o beats. An item's status comes after its last place_*
//                         read_counts_i: the beats count in the checksum of the input. Which beats do, and how often each, must
//                         follow from the batch alone, not from the core's parameters
//   args_o                all arguments, for those beyond the first four
//   other_*               a core with further ports has them stop like the shell's own: no more requests while stop_o is high,
//                         forget everything when clear_o is; idle: nothing is under way; error: a response was an error;
//                         read: a beat came, other_beat_i, from other_addr_i; counts: as above. With OtherReads alone
//   slot_used_i           how many compute slots were used in this cycle; operations_i: how many operations were begun;
//   busy_i                whether any item is in the datapath
module batch_shell #(
  parameter logic [15:0] Op                  = 16'd0,
  parameter logic [31:0] KernelId            = 32'd0,
  parameter logic [31:0] KernelVersion       = 32'd0,
  parameter logic [31:0] KnownFlags          = 32'd0,
  parameter int unsigned DescriptorBytesLog2 = 4,
  parameter int unsigned DescriptorDepth     = 128,  // beats held or under way
  parameter int unsigned DataDepth           = 512,
  parameter int unsigned NumArgs             = 4,
  parameter bit          PlacedResults       = 1'b0,
  parameter bit          OtherReads          = 1'b0
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  output logic         interrupt_o,

  input  logic         s_axi_control_awvalid_i,
  output logic         s_axi_control_awready_o,
  input  logic [11:0]  s_axi_control_awaddr_i,
  input  logic         s_axi_control_wvalid_i,
  output logic         s_axi_control_wready_o,
  input  logic [31:0]  s_axi_control_wdata_i,
  input  logic [3:0]   s_axi_control_wstrb_i,
  output logic         s_axi_control_bvalid_o,
  input  logic         s_axi_control_bready_i,
  output logic [1:0]   s_axi_control_bresp_o,
  input  logic         s_axi_control_arvalid_i,
  output logic         s_axi_control_arready_o,
  input  logic [11:0]  s_axi_control_araddr_i,
  output logic         s_axi_control_rvalid_o,
  input  logic         s_axi_control_rready_i,
  output logic [31:0]  s_axi_control_rdata_o,
  output logic [1:0]   s_axi_control_rresp_o,

  output logic         m_axi_awvalid_o,
  input  logic         m_axi_awready_i,
  output logic [63:0]  m_axi_awaddr_o,
  output logic [7:0]   m_axi_awlen_o,
  output logic         m_axi_wvalid_o,
  input  logic         m_axi_wready_i,
  output logic [511:0] m_axi_wdata_o,
  output logic [63:0]  m_axi_wstrb_o,
  output logic         m_axi_wlast_o,
  input  logic         m_axi_bvalid_i,
  output logic         m_axi_bready_o,
  input  logic [1:0]   m_axi_bresp_i,
  output logic         m_axi_arvalid_o,
  input  logic         m_axi_arready_i,
  output logic [63:0]  m_axi_araddr_o,
  output logic [7:0]   m_axi_arlen_o,
  input  logic         m_axi_rvalid_i,
  output logic         m_axi_rready_o,
  input  logic [511:0] m_axi_rdata_i,
  input  logic [1:0]   m_axi_rresp_i,
  input  logic         m_axi_rlast_i,

  output logic                              core_rst_no,
  output logic [31:0]                       flags_o,
  output logic [batch_pkg::CountWidth-1:0]  item_count_o,
  output logic [batch_pkg::OffsetWidth-1:0] data_offset_o,
  output logic [batch_pkg::OffsetWidth-1:0] data_end_o,
  input  logic [1:0]                        result_words_log2_i,
  output logic                              descriptor_valid_o,
  input  logic                              descriptor_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]   descriptor_o,
  output logic [5:0]                        read_base_o,
  input  logic                              read_valid_i,
  output logic                              read_ready_o,
  input  logic [batch_pkg::LengthWidth-1:0] read_offset_i,
  input  logic [batch_pkg::LengthWidth-1:0] read_beats_i,
  input  logic                              read_counts_i,
  output logic                              data_valid_o,
  input  logic                              data_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]   data_o,
  output logic [$clog2(DataDepth+1)-1:0]    data_level_o,
  input  logic                              status_valid_i,
  output logic                              status_ready_o,
  input  logic [7:0]                        status_i,
  input  logic                              result_valid_i,
  output logic                              result_ready_o,
  input  logic [batch_pkg::WordWidth-1:0]   result_i,
  output logic [batch_pkg::LengthWidth-1:0] results_o,
  input  logic                              place_valid_i,
  output logic                              place_ready_o,
  input  logic [batch_pkg::LengthWidth-1:0] place_offset_i,
  input  logic [batch_pkg::LengthWidth-1:0] place_beats_i,
  input  logic                              beat_valid_i,
  output logic                              beat_ready_o,
  input  logic [batch_pkg::BeatWidth-1:0]   beat_i,
  input  logic [7:0]                        slot_used_i,
  input  logic [15:0]                       operations_i,
  input  logic                              busy_i,
  output logic [64*NumArgs-1:0]             args_o,
  output logic                              stop_o,
  output logic                              clear_o,
  input  logic                              other_idle_i,
  input  logic                              other_error_i,
  input  logic                              other_read_i,
  input  logic                              other_counts_i,
  input  logic [batch_pkg::BeatWidth-1:0]   other_beat_i,
  input  logic [batch_pkg::BeatAddrWidth-1:0] other_addr_i
);
  localparam int unsigned AW = batch_pkg::BeatAddrWidth;
  localparam int unsigned LW = batch_pkg::LengthWidth;
  localparam int unsigned CW = batch_pkg::CountWidth;
  localparam logic [AW-1:0] StatusBeat = AW'(2);  // of the output buffer

  logic                  start, idle, done;
  logic [64*NumArgs-1:0] args;
  assign args_o = args;
  axil_control #(
    .AddrWidth    (12),
    .NumArgs      (NumArgs),
    .KernelId     (KernelId),
    .KernelVersion(KernelVersion)
  ) u_control (
    .clk_i,
    .rst_ni,
    .awvalid_i  (s_axi_control_awvalid_i),
    .awready_o  (s_axi_control_awready_o),
    .awaddr_i   (s_axi_control_awaddr_i),
    .wvalid_i   (s_axi_control_wvalid_i),
    .wready_o   (s_axi_control_wready_o),
    .wdata_i    (s_axi_control_wdata_i),
    .wstrb_i    (s_axi_control_wstrb_i),
    .bvalid_o   (s_axi_control_bvalid_o),
    .bready_i   (s_axi_control_bready_i),
    .bresp_o    (s_axi_control_bresp_o),
    .arvalid_i  (s_axi_control_arvalid_i),
    .arready_o  (s_axi_control_arready_o),
    .araddr_i   (s_axi_control_araddr_i),
    .rvalid_o   (s_axi_control_rvalid_o),
    .rready_i   (s_axi_control_rready_i),
    .rdata_o    (s_axi_control_rdata_o),
    .rresp_o    (s_axi_control_rresp_o),
    .interrupt_o(interrupt_o),
    .start_o    (start),
    .idle_i     (idle),
    .done_i     (done),
    .args_o     (args)
  );

  // The run.
  typedef enum logic [3:0] {
    StIdle,
    StHeaderRequest,
    StHeader,
    StCheck,
    StBegin,
    StRun,
    StDrain,
    StClear,
    StFinishRequest,
    StFinishHeader,
    StFinishCounters,
    StFinishWait,
    StDone
  } state_e;
  state_e state_d, state_q;

  logic [AW-1:0]                   input_addr_q, output_addr_q;
  logic [63:0]                     input_bytes_q, output_bytes_q;
  logic                            input_usable_q, output_usable_q;
  logic                            failed_q;  // the batch as a whole
  logic                            header_read_q;
  logic [batch_pkg::BeatWidth-1:0] header_q;
  logic                            read_error, write_error, read_idle, write_idle, write_done;
  logic                            req0_ready, wreq0_ready, wreq1_ready, wdata0_ready, header_valid;
  logic                            check_done, check_ok;

  logic unusable_start;
  assign unusable_start = !input_usable_q || !output_usable_q;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:           if (start) state_d = StHeaderRequest;
      StHeaderRequest: begin
        if (!output_usable_q) begin
          state_d = StDone;  // nowhere to say anything
        end else if (!input_usable_q) begin
          state_d = StDrain;
        end else if (req0_ready) begin
          state_d = StHeader;
        end
      end
      StHeader:         if (read_error) state_d = StDrain;
                        else if (header_valid) state_d = StCheck;
      StCheck:          if (check_done) state_d = check_ok ? StBegin : StDrain;
      StBegin:          state_d = StRun;
      StRun:            if (read_error || write_error || other_error_i || write_done) state_d = StDrain;
      StDrain:          if (read_idle && write_idle && other_idle_i) state_d = StClear;
      StClear:          state_d = StFinishRequest;
      StFinishRequest:  state_d = StFinishHeader;
      StFinishHeader:   state_d = StFinishCounters;
      StFinishCounters: state_d = StFinishWait;
      StFinishWait:     if (write_done) state_d = StDone;
      StDone:           state_d = StIdle;
      default:          state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      state_q <= state_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      input_addr_q    <= args[63:6];
      output_addr_q   <= args[127:70];
      input_bytes_q   <= args[191:128];
      output_bytes_q  <= args[255:192];
      input_usable_q  <= args[5:0] == '0 && args[191:134] != '0;
      output_usable_q <= args[69:64] == '0 && args[255:199] != '0;
      failed_q        <= 1'b0;
      header_read_q   <= 1'b0;
    end else if ((state_q == StHeaderRequest && unusable_start) || read_error || write_error || other_error_i ||
                 (state_q == StCheck && check_done && !check_ok)) begin
      failed_q <= 1'b1;
    end
    if (state_q == StHeader && header_valid) begin
      header_q      <= descriptor_o;
      header_read_q <= 1'b1;
    end
  end

  assign idle = state_q == StIdle;
  assign done = state_q == StDone;

  logic header_taken_q, core_rst_nq;
  always_ff @(posedge clk_i) begin
    header_taken_q <= state_q == StHeader && header_valid;
    core_rst_nq    <= state_d == StBegin || state_d == StRun;
  end
  assign core_rst_no = core_rst_nq && rst_ni;

  logic [63:0]   sequence_number;
  logic [batch_pkg::OffsetWidth-1:0] descriptors_offset;
  logic [LW-1:0] descriptor_beats, status_beats, result_beats;
  logic          result_half;
  batch_header_check #(
    .Op                 (Op),
    .KnownFlags         (KnownFlags),
    .DescriptorBytesLog2(DescriptorBytesLog2),
    .PlacedResults      (PlacedResults)
  ) u_header_check (
    .clk_i,
    .rst_ni,
    .start_i             (header_taken_q),
    .header_i            (header_q),
    .input_bytes_i       (input_bytes_q),
    .output_bytes_i      (output_bytes_q),
    .result_words_log2_i (result_words_log2_i),
    .done_o              (check_done),
    .ok_o                (check_ok),
    .flags_o,
    .item_count_o,
    .sequence_o          (sequence_number),
    .descriptors_offset_o(descriptors_offset),
    .data_offset_o,
    .data_end_o,
    .descriptor_beats_o  (descriptor_beats),
    .status_beats_o      (status_beats),
    .result_beats_o      (result_beats),
    .result_half_o       (result_half)
  );

  // Reading: channel 0 takes the header and then the descriptors.
  logic          stop, clear;
  assign stop  = state_q == StDrain || state_q == StClear;
  assign clear = state_q == StClear;
  assign stop_o  = stop;
  assign clear_o = clear;

  logic          req0_valid, data0_ready;
  logic [AW-1:0] req0_addr;
  logic [LW-1:0] req0_beats;
  assign req0_valid = (state_q == StHeaderRequest && !unusable_start) ||
                      (state_q == StBegin && descriptor_beats != '0);
  assign req0_addr  = state_q == StBegin ? input_addr_q + AW'(descriptors_offset[batch_pkg::OffsetWidth-1:6])
                                         : input_addr_q;
  assign req0_beats = state_q == StBegin ? descriptor_beats : LW'(1);

  assign header_valid       = descriptor_beat_valid;
  assign descriptor_valid_o = descriptor_beat_valid && state_q == StRun;
  assign data0_ready        = state_q == StHeader || (state_q == StRun && descriptor_ready_i);

  logic descriptor_beat_valid, read_beat, read_counts, write_beat, read1_ready;
  logic [AW-1:0] read_addr;
  assign read_base_o  = input_addr_q[5:0];
  assign read_ready_o = read1_ready && state_q == StRun;
  logic [$clog2(DescriptorDepth+1)-1:0] unused_descriptor_level;
  axi_read_master #(
    .Depth0(DescriptorDepth),
    .Depth1(DataDepth)
  ) u_read (
    .clk_i,
    .rst_ni,
    .stop_i       (stop),
    .clear_i      (clear),
    .idle_o       (read_idle),
    .error_o      (read_error),
    .beat_o       (read_beat),
    .beat_counts_o(read_counts),
    .beat_addr_o  (read_addr),
    .req0_valid_i (req0_valid),
    .req0_ready_o (req0_ready),
    .req0_addr_i  (req0_addr),
    .req0_beats_i (req0_beats),
    .req0_counts_i(1'b1),
    .data0_valid_o(descriptor_beat_valid),
    .data0_ready_i(data0_ready),
    .data0_o      (descriptor_o),
    .level0_o     (unused_descriptor_level),
    .req1_valid_i (read_valid_i && state_q == StRun),
    .req1_ready_o (read1_ready),
    .req1_addr_i  (input_addr_q + AW'(read_offset_i)),
    .req1_beats_i (read_beats_i),
    .req1_counts_i(read_counts_i),
    .data1_valid_o(data_valid_o),
    .data1_ready_i(data_ready_i),
    .data1_o      (data_o),
    .level1_o     (data_level_o),
    .arvalid_o    (m_axi_arvalid_o),
    .arready_i    (m_axi_arready_i),
    .araddr_o     (m_axi_araddr_o),
    .arlen_o      (m_axi_arlen_o),
    .rvalid_i     (m_axi_rvalid_i),
    .rready_o     (m_axi_rready_o),
    .rdata_i      (m_axi_rdata_i),
    .rresp_i      (m_axi_rresp_i),
    .rlast_i      (m_axi_rlast_i)
  );

  // Writing: channel 0 takes the results and at last header and counters, channel 1 the statuses.
  logic                            begin_run, result_beat_valid, result_beat_ready;
  logic                            status_beat_valid, status_beat_ready;
  logic [batch_pkg::BeatWidth-1:0] result_beat, status_beat;
  logic [CW-1:0]                   items_failed;
  assign begin_run = state_q == StBegin;

  result_packer #(
    .CountWidth(CW + 3)
  ) u_result_packer (
    .clk_i,
    .rst_ni      (core_rst_no),
    .start_i     (begin_run),
    .count_i     (PlacedResults ? '0 : (CW + 3)'(item_count_o) << result_words_log2_i),
    .word_valid_i(result_valid_i),
    .word_ready_o(result_ready_o),
    .word_i      (result_i),
    .beat_valid_o(result_beat_valid),
    .beat_ready_i(result_beat_ready),
    .beat_o      (result_beat)
  );

  status_packer u_status_packer (
    .clk_i,
    .rst_ni        (core_rst_no),
    .start_i       (begin_run),
    .count_i       (item_count_o),
    .status_valid_i,
    .status_ready_o,
    .status_i,
    .beat_valid_o  (status_beat_valid),
    .beat_ready_i  (status_beat_ready),
    .beat_o        (status_beat),
    .failed_o      (items_failed)
  );

  logic                            finish_beat;
  logic [batch_pkg::BeatWidth-1:0] finish_header, finish_counters;
  assign finish_beat       = state_q == StFinishHeader || state_q == StFinishCounters;
  assign result_beat_ready = wdata0_ready && state_q == StRun;

  // Results that the core places are asked for as they come, others at once.
  logic                            running, data_valid, place_first;
  logic [batch_pkg::BeatWidth-1:0] data_beat;
  assign running       = state_q == StRun;
  assign place_first   = begin_run && !PlacedResults;
  assign place_ready_o = PlacedResults && running && wreq0_ready;
  assign beat_ready_o  = PlacedResults && result_beat_ready;
  assign data_valid    = PlacedResults ? beat_valid_i : result_beat_valid;
  assign data_beat     = PlacedResults ? beat_i : result_beat;
  assign results_o     = result_beats;

  logic [AW-1:0] write_addr, results_addr;
  assign results_addr = output_addr_q + AW'(result_beat_offset) + (place_first ? AW'(0) : AW'(place_offset_i));

  logic [LW-1:0] result_beat_offset;
  assign result_beat_offset = LW'(StatusBeat) + status_beats;

  axi_write_master #(
    .Depth0(128),
    .Depth1(64)
  ) u_write (
    .clk_i,
    .rst_ni,
    .stop_i       (stop),
    .clear_i      (clear),
    .idle_o       (write_idle),
    .done_o       (write_done),
    .error_o      (write_error),
    .beat_o       (write_beat),
    .beat_addr_o  (write_addr),
    .req0_valid_i (place_first || (PlacedResults && running && place_valid_i) || state_q == StFinishRequest),
    .req0_ready_o (wreq0_ready),
    .req0_addr_i  (begin_run || running ? results_addr : output_addr_q),
    .req0_beats_i (place_first ? result_beats : running ? place_beats_i : LW'(2)),
    .req0_half_i  (place_first && result_half),
    .data0_valid_i((data_valid && running) || finish_beat),
    .data0_ready_o(wdata0_ready),
    .data0_i      (state_q == StFinishHeader ? finish_header :
                   state_q == StFinishCounters ? finish_counters : data_beat),
    .req1_valid_i (begin_run),
    .req1_ready_o (wreq1_ready),
    .req1_addr_i  (output_addr_q + StatusBeat),
    .req1_beats_i (status_beats),
    .req1_half_i  (1'b0),
    .data1_valid_i(status_beat_valid),
    .data1_ready_o(status_beat_ready),
    .data1_i      (status_beat),
    .awvalid_o    (m_axi_awvalid_o),
    .awready_i    (m_axi_awready_i),
    .awaddr_o     (m_axi_awaddr_o),
    .awlen_o      (m_axi_awlen_o),
    .wvalid_o     (m_axi_wvalid_o),
    .wready_i     (m_axi_wready_i),
    .wdata_o      (m_axi_wdata_o),
    .wstrb_o      (m_axi_wstrb_o),
    .wlast_o      (m_axi_wlast_o),
    .bvalid_i     (m_axi_bvalid_i),
    .bready_o     (m_axi_bready_o),
    .bresp_i      (m_axi_bresp_i)
  );

  // A checksum of all statuses and results as they leave for memory, which the host computes over what it finds there. It is a
  // sum of integers, because CRCs are linear: in an exclusive or, beats could change places, and the same damage to two would
  // vanish.
  logic          finishing, written_crc_valid;
  logic [31:0]   written_crc, results_crc_q;
  logic [AW-1:0] write_index;
  assign finishing   = state_q == StFinishRequest || finish_beat || state_q == StFinishWait;
  assign write_index = write_addr - output_addr_q;
  beat_crc u_results_crc (
    .clk_i,
    .rst_ni,
    .valid_i(write_beat && !finishing),
    .beat_i (m_axi_wdata_o),
    .index_i(write_index[LW-1:0]),
    .valid_o(written_crc_valid),
    .crc_o  (written_crc)
  );

  // And one of what was read, as it comes from memory, likewise. Some beats are read several times.
  logic          read_crc_valid;
  logic [31:0]   read_crc;
  logic [63:0]   input_crc_q;
  logic [AW-1:0] read_index;
  assign read_index = read_addr - input_addr_q;
  beat_crc u_input_crc (
    .clk_i,
    .rst_ni,
    .valid_i(read_beat && read_counts),
    .beat_i (m_axi_rdata_i),
    .index_i(read_index[LW-1:0]),
    .valid_o(read_crc_valid),
    .crc_o  (read_crc)
  );

  logic        other_crc_valid;
  logic [31:0] other_crc;
  logic [63:0] other_crc_q, total_crc_q;
  if (OtherReads) begin : gen_other_crc
    logic [AW-1:0] other_index;
    assign other_index = other_addr_i - input_addr_q;
    beat_crc u_other_crc (
      .clk_i,
      .rst_ni,
      .valid_i(other_read_i && other_counts_i),
      .beat_i (other_beat_i),
      .index_i(other_index[LW-1:0]),
      .valid_o(other_crc_valid),
      .crc_o  (other_crc)
    );
    logic unused_other;
    assign unused_other = ^other_index[AW-1:LW];
  end else begin : gen_no_other_crc
    assign other_crc_valid = 1'b0;
    assign other_crc       = '0;
    logic unused_other;
    assign unused_other = ^{other_counts_i, other_beat_i, other_addr_i};
  end

  always_ff @(posedge clk_i) begin
    total_crc_q <= input_crc_q + other_crc_q;
    if (state_q == StIdle) begin
      results_crc_q <= '0;
      input_crc_q   <= '0;
      other_crc_q   <= '0;
    end else begin
      if (other_crc_valid) begin
        other_crc_q <= other_crc_q + 64'(other_crc);
      end
      if (written_crc_valid) begin
        results_crc_q <= results_crc_q + written_crc;
      end
      if (read_crc_valid) begin
        input_crc_q <= input_crc_q + 64'(read_crc);
      end
    end
  end

  // Counters, from the cycle after ap_start on.
  logic [63:0] cycles_q, busy_q, read_q, written_q, slots_q, used_q, operations_q;
  logic [CW-1:0] failed_count_q;
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      cycles_q     <= 64'd1;
      busy_q       <= '0;
      read_q       <= '0;
      written_q    <= '0;
      slots_q      <= '0;
      used_q       <= '0;
      operations_q <= '0;
    end else begin
      cycles_q  <= cycles_q + 64'd1;
      read_q    <= read_q + 64'(read_beat) + 64'(other_read_i);
      written_q <= written_q + 64'(write_beat);
      if (state_q == StRun) begin
        busy_q         <= busy_q + 64'(busy_i);
        slots_q        <= slots_q + 64'd1;
        used_q         <= used_q + 64'(slot_used_i);
        operations_q   <= operations_q + 64'(operations_i);
        failed_count_q <= items_failed;
      end
    end
  end

  logic [31:0] finish_count, finish_failed;
  assign finish_count    = failed_q ? 32'd0 : 32'(item_count_o);
  assign finish_failed   = failed_q ? 32'd0 : 32'(failed_count_q);
  assign finish_header   = {128'd0, failed_q ? 64'd0 : total_crc_q, failed_q ? 32'd0 : results_crc_q, finish_failed, finish_count,
                            24'd0, failed_q ? batch_pkg::StatusBadInput : batch_pkg::StatusOk,
                            header_read_q ? sequence_number : 64'd0, KernelVersion, KernelId, Op,
                            batch_pkg::LayoutVersion, batch_pkg::OutputMagic};
  assign finish_counters = {64'd0, operations_q, used_q, slots_q, written_q + 64'd2, read_q, busy_q, cycles_q};

  logic unused_ready;
  assign unused_ready = ^{wreq0_ready, wreq1_ready, descriptors_offset[5:0], write_index[AW-1:LW], read_index[AW-1:LW]};
endmodule
