// Puts results that finish in any order back into the order in which they were begun.
//
// alloc_i takes the next tag (only while alloc_ready_o); write_i stores the result of a tag, once a tag, at
// any later cycle; results come out in order of tags.
// Depth is a power of two: at most Depth results are between alloc and output.
// latency     2 cycles from the write of the oldest tag to valid_o
// throughput  one alloc, one write, one result a cycle
module reorder_buffer #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     alloc_i,
  output logic                     alloc_ready_o,
  output logic [$clog2(Depth)-1:0] alloc_tag_o,
  input  logic                     write_i,
  input  logic [$clog2(Depth)-1:0] write_tag_i,
  input  logic [Width-1:0]         write_data_i,
  output logic                     valid_o,
  input  logic                     ready_i,
  output logic [Width-1:0]         data_o
);
  localparam int unsigned TagWidth = $clog2(Depth);

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_parameter_check
    $error("Depth must be a power of two");
  end

  logic [Width-1:0]  mem_q [Depth];
  logic [Depth-1:0]  done_q;
  logic [TagWidth:0] alloc_ptr_q, read_ptr_q;  // one bit more than a tag: their difference counts
  logic              valid_q, load;
  logic [Width-1:0]  data_q;

  assign alloc_ready_o = alloc_ptr_q - read_ptr_q != (TagWidth + 1)'(Depth);
  assign alloc_tag_o   = alloc_ptr_q[TagWidth-1:0];
  assign valid_o       = valid_q;
  assign data_o        = data_q;
  assign load          = done_q[read_ptr_q[TagWidth-1:0]] && (!valid_q || ready_i);

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      mem_q[write_tag_i] <= write_data_i;
    end
    if (load) begin
      data_q <= mem_q[read_ptr_q[TagWidth-1:0]];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      done_q      <= '0;
      alloc_ptr_q <= '0;
      read_ptr_q  <= '0;
      valid_q     <= 1'b0;
    end else begin
      if (write_i) begin
        done_q[write_tag_i] <= 1'b1;
      end
      if (load) begin
        done_q[read_ptr_q[TagWidth-1:0]] <= 1'b0;
      end
      alloc_ptr_q <= alloc_ptr_q + (TagWidth + 1)'(alloc_i);
      read_ptr_q  <= read_ptr_q + (TagWidth + 1)'(load);
      valid_q     <= load || (valid_q && !ready_i);
    end
  end
endmodule
