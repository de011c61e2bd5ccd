// Memory of one read and one write a cycle, written before it is read only by programs that ask for it.
//   latency     read: 2 cycles; a write is seen by reads of the next cycle
module secp256k1_bank #(
  parameter  int unsigned Width = 264,
  parameter  int unsigned Depth = 512,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 write_i,
  input  logic [AddrWidth-1:0] write_addr_i,
  input  logic [Width-1:0]     write_data_i,
  input  logic [AddrWidth-1:0] read_addr_i,
  output logic [Width-1:0]     read_data_o
);
  (* ram_style = "block" *) logic [Width-1:0] memory [Depth];
  logic [Width-1:0] read_q, read_2q;

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      memory[write_addr_i] <= write_data_i;
    end
    read_q  <= memory[read_addr_i];
    read_2q <= read_q;
  end
  assign read_data_o = read_2q;
endmodule
