// Blocks in, digests out: a buffer of blocks, the ring, and the control that keeps every slot of the ring busy.
//
// Blocks come message by message. They are kept in a circular buffer; a slot of the ring that becomes free takes the next
// message all of whose blocks are there, and comes back for the next block each time its permutation has ended. So whatever
// the lengths, a slot is empty only when there is nothing to do, and no message that has been begun waits for memory.
// A message longer than the buffer is begun when the ring is empty and the buffer full; only it can find its next block
// missing, and is then parked. Digests come out in order of messages; those of bad messages are zero.
// latency     (Stages + 1)·24/Stages + 6 cycles for a message of one block
// throughput  Stages/24 blocks a cycle
module keccak_engine #(
  parameter int unsigned Stages       = 8,    // divides 24
  parameter int unsigned BufferBlocks = 512,  // power of two
  parameter int unsigned ReorderDepth = 512   // power of two
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               block_valid_i,
  output logic                               block_ready_o,
  input  logic [keccak_pkg::RateWidth-1:0]   block_i,
  input  logic                               block_first_i,
  input  logic                               block_last_i,
  input  logic                               block_bad_i,
  output logic                               digest_valid_o,
  input  logic                               digest_ready_i,
  output logic [keccak_pkg::DigestWidth-1:0] digest_o,
  output logic                               digest_bad_o,
  output logic                               permutation_o,  // one was begun: for counters
  output logic                               busy_o
);
  localparam int unsigned Slots     = Stages + 1;
  localparam int unsigned Passes    = keccak_pkg::Rounds / Stages;
  localparam int unsigned PassWidth = Passes == 1 ? 1 : $clog2(Passes);
  localparam int unsigned SlotWidth = $clog2(Slots);
  localparam int unsigned PtrWidth  = $clog2(BufferBlocks);
  localparam int unsigned TagWidth  = $clog2(ReorderDepth);
  localparam int unsigned RateWidth = keccak_pkg::RateWidth;

  if ((BufferBlocks & (BufferBlocks - 1)) != 0) begin : gen_parameter_check
    $error("BufferBlocks must be a power of two");
  end

  // The buffer. Pointers have one bit more than an address, so that their difference counts.
  logic [RateWidth+1:0]    mem_q [BufferBlocks];
  logic [BufferBlocks-1:0] used_q;  // read, to be given back
  logic [PtrWidth:0]       write_ptr_q, head_ptr_q;
  logic                    write, full, give_back;
  assign full          = write_ptr_q - head_ptr_q == (PtrWidth + 1)'(BufferBlocks);
  assign block_ready_o = !full;
  assign write         = block_valid_i && !full;
  assign give_back     = used_q[head_ptr_q[PtrWidth-1:0]];

  logic                fetch;
  logic [PtrWidth-1:0] fetch_addr;
  logic [RateWidth+1:0] fetched_q;
  always_ff @(posedge clk_i) begin
    if (write) begin
      mem_q[write_ptr_q[PtrWidth-1:0]] <= {block_bad_i, block_last_i, block_i};
    end
    if (fetch) begin
      fetched_q <= mem_q[fetch_addr];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_ptr_q <= '0;
      head_ptr_q  <= '0;
      used_q      <= '0;
    end else begin
      write_ptr_q <= write_ptr_q + (PtrWidth + 1)'(write);
      head_ptr_q  <= head_ptr_q + (PtrWidth + 1)'(give_back);
      if (fetch) begin
        used_q[fetch_addr] <= 1'b1;
      end
      if (give_back) begin
        used_q[head_ptr_q[PtrWidth-1:0]] <= 1'b0;
      end
    end
  end

  // Messages waiting: where they begin, and how many of them are there entirely.
  logic              next_valid, next_taken, unused_next_ready;
  logic [PtrWidth:0] next_ptr, unused_next_level;
  sync_fifo #(
    .Width(PtrWidth + 1),
    .Depth(BufferBlocks)
  ) u_next (
    .clk_i,
    .rst_ni,
    .valid_i(write && block_first_i),
    .ready_o(unused_next_ready),
    .data_i (write_ptr_q),
    .valid_o(next_valid),
    .ready_i(next_taken),
    .data_o (next_ptr),
    .level_o(unused_next_level)
  );

  logic [PtrWidth:0] complete_q;
  logic              open_q;  // the message begun last is not there entirely
  logic              completes, start;
  assign completes = write && block_last_i && !open_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      complete_q <= '0;
      open_q     <= 1'b0;
    end else begin
      complete_q <= complete_q + (PtrWidth + 1)'(completes) - (PtrWidth + 1)'(start && complete_q != '0);
      if (start) begin
        open_q <= complete_q == '0;
      end else if (write && block_last_i) begin
        open_q <= 1'b0;
      end
    end
  end

  // Slots. In each cycle one slot is decided upon; in the next its state leaves the ring and the decision takes effect.
  logic [SlotWidth-1:0] slot_q, effect_slot_q;
  logic [Slots-1:0]     valid_q, last_q, bad_q;
  logic [PassWidth-1:0] passes_q [Slots];  // behind it when it comes out
  logic [TagWidth-1:0]  tags_q [Slots];
  logic [PtrWidth:0]    ptrs_q [Slots];    // of the block after the one absorbed

  logic                 parked_q;
  logic [TagWidth-1:0]  parked_tag_q;
  logic [PtrWidth:0]    parked_ptr_q;

  logic                 reorder_ready;
  logic [TagWidth-1:0]  reorder_tag;

  logic [PassWidth-1:0] pass;
  logic [PtrWidth:0]    ptr;
  logic                 valid, ended, circulate, extend, park, finish, free, unpark, lone;
  assign pass      = passes_q[slot_q];
  assign ptr       = ptrs_q[slot_q];
  assign valid     = valid_q[slot_q];
  assign ended     = pass == PassWidth'(Passes - 1);
  assign circulate = valid && !ended;
  assign finish    = valid && ended && last_q[slot_q];
  assign extend    = valid && ended && !last_q[slot_q] && ptr != write_ptr_q;
  assign park      = valid && ended && !last_q[slot_q] && ptr == write_ptr_q;
  assign free      = !valid || finish;
  assign unpark    = free && parked_q && parked_ptr_q != write_ptr_q;
  assign lone      = full && !parked_q && valid_q == '0;
  assign start     = free && !unpark && next_valid && reorder_ready && (complete_q != '0 || lone);
  assign next_taken = start;

  logic [PtrWidth:0] fetch_ptr;
  assign fetch_ptr  = start ? next_ptr : unpark ? parked_ptr_q : ptr;
  assign fetch      = start || unpark || extend;
  assign fetch_addr = fetch_ptr[PtrWidth-1:0];

  logic                ring_q, unpark_q, park_q, fetch_q, finish_q, bad_out_q;
  logic [PassWidth-1:0] pass_q;
  logic [TagWidth-1:0] tag_out_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_q        <= '0;
      effect_slot_q <= '0;
      valid_q       <= '0;
      parked_q      <= 1'b0;
      ring_q        <= 1'b0;
      unpark_q      <= 1'b0;
      park_q        <= 1'b0;
      fetch_q       <= 1'b0;
      finish_q      <= 1'b0;
    end else begin
      slot_q          <= slot_q == SlotWidth'(Slots - 1) ? '0 : slot_q + SlotWidth'(1);
      effect_slot_q   <= slot_q;
      valid_q[slot_q] <= circulate || extend || unpark || start;
      parked_q        <= park || (parked_q && !unpark);
      ring_q          <= circulate || extend;
      unpark_q        <= unpark;
      park_q          <= park;
      fetch_q         <= fetch;
      finish_q        <= finish;
    end
  end

  always_ff @(posedge clk_i) begin
    passes_q[slot_q] <= circulate ? pass + PassWidth'(1) : '0;
    pass_q           <= circulate ? pass + PassWidth'(1) : '0;
    if (fetch) begin
      ptrs_q[slot_q] <= fetch_ptr + (PtrWidth + 1)'(1);
    end
    if (start) begin
      tags_q[slot_q] <= reorder_tag;
    end else if (unpark) begin
      tags_q[slot_q] <= parked_tag_q;
    end
    if (park) begin
      parked_ptr_q <= ptr;
      parked_tag_q <= tags_q[slot_q];
    end
    tag_out_q <= tags_q[slot_q];
    bad_out_q <= bad_q[slot_q];
    if (fetch_q) begin
      last_q[effect_slot_q] <= fetched_q[RateWidth];
      bad_q[effect_slot_q]  <= fetched_q[RateWidth+1];
    end
  end

  logic [keccak_pkg::DigestWidth-1:0] digest;
  keccak_ring #(
    .Stages   (Stages),
    .PassWidth(PassWidth)
  ) u_ring (
    .clk_i,
    .from_ring_i(ring_q),
    .from_park_i(unpark_q),
    .park_i     (park_q),
    .absorb_i   (fetch_q),
    .block_i    (fetched_q[RateWidth-1:0]),
    .pass_i     (pass_q),
    .digest_o   (digest)
  );


  reorder_buffer #(
    .Width(keccak_pkg::DigestWidth + 1),
    .Depth(ReorderDepth)
  ) u_reorder (
    .clk_i,
    .rst_ni,
    .alloc_i      (start),
    .alloc_ready_o(reorder_ready),
    .alloc_tag_o  (reorder_tag),
    .write_i      (finish_q),
    .write_tag_i  (tag_out_q),
    .write_data_i ({bad_out_q, bad_out_q ? 256'd0 : digest}),
    .valid_o      (digest_valid_o),
    .ready_i      (digest_ready_i),
    .data_o       ({digest_bad_o, digest_o})
  );

  assign permutation_o = fetch_q && !fetched_q[RateWidth+1];
  assign busy_o        = valid_q != '0 || parked_q || write_ptr_q != head_ptr_q;
endmodule
