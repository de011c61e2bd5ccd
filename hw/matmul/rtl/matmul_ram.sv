// Memory with one write and one read port on one clock, for block RAM. Read data comes one cycle after its address; what is
// written in the same cycle is not seen.
module matmul_ram #(
  parameter int unsigned Width = 512,
  parameter int unsigned Depth = 512,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 write_i,
  input  logic [AddrWidth-1:0] write_addr_i,
  input  logic [Width-1:0]     write_data_i,
  input  logic [AddrWidth-1:0] read_addr_i,
  output logic [Width-1:0]     read_data_o
);
  logic [Width-1:0] mem_q [Depth];
  logic [Width-1:0] read_data_q;
  always_ff @(posedge clk_i) begin
    if (write_i) begin
      mem_q[write_addr_i] <= write_data_i;
    end
    read_data_q <= mem_q[read_addr_i];
  end
  assign read_data_o = read_data_q;
endmodule
