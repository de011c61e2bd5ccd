// FIFO on one clock, first word falls through.
//
// Depth is a power of two; storage is a memory with a registered read, so that deep ones become block RAM.
// latency     2 cycles from push to valid_o when empty
// throughput  one push and one pop a cycle
// Valid/ready on both sides; level_o counts what is held.
module sync_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic [Width-1:0]           data_i,
  output logic                       valid_o,
  input  logic                       ready_i,
  output logic [Width-1:0]           data_o,
  output logic [$clog2(Depth+1)-1:0] level_o
);
  localparam int unsigned PtrWidth   = $clog2(Depth);
  localparam int unsigned LevelWidth = $clog2(Depth + 1);

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_parameter_check
    $error("Depth must be a power of two");
  end

  logic [Width-1:0]      mem_q [Depth];
  logic [PtrWidth-1:0]   write_ptr_q, read_ptr_q;
  logic [LevelWidth-1:0] level_q, stored_q;  // stored: in the memory, not in the output register
  logic                  valid_q;
  logic [Width-1:0]      data_q;
  logic                  push, pop, load;

  assign ready_o = level_q != LevelWidth'(Depth);
  assign valid_o = valid_q;
  assign data_o  = data_q;
  assign level_o = level_q;

  assign push = valid_i && ready_o;
  assign pop  = valid_q && ready_i;
  assign load = stored_q != '0 && (!valid_q || ready_i);

  always_ff @(posedge clk_i) begin
    if (push) begin
      mem_q[write_ptr_q] <= data_i;
    end
    if (load) begin
      data_q <= mem_q[read_ptr_q];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_ptr_q <= '0;
      read_ptr_q  <= '0;
      level_q     <= '0;
      stored_q    <= '0;
      valid_q     <= 1'b0;
    end else begin
      write_ptr_q <= write_ptr_q + PtrWidth'(push);
      read_ptr_q  <= read_ptr_q + PtrWidth'(load);
      level_q     <= level_q + LevelWidth'(push) - LevelWidth'(pop);
      stored_q    <= stored_q + LevelWidth'(push) - LevelWidth'(load);
      valid_q     <= load || (valid_q && !ready_i);
    end
  end
endmodule
