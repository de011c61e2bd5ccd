// Four rows of the array and their accumulators.
//
// Row i works one cycle after row i - 1, and each DSP hands over its sums every fourth cycle: so in each cycle exactly one row of
// the four hands over, and they share one adder a column and one memory of accumulators. A word of it, all columns of one
// row, is read, added to and written back within four cycles.
//
// a_i, b_i, step fields: row i in slice i, each for the cycle in which its factors stand at a_i and b_i.
// latency   an accumulator can be read 6 cycles after the last factors of its sum came; 1 cycle from read_* to data_o
module matmul_group #(
  parameter int unsigned Columns  = 16,
  parameter int unsigned Contexts = 4,
  localparam int unsigned CW = Contexts == 1 ? 1 : $clog2(Contexts),  // of a context's number
  localparam int unsigned Segments = Columns / matmul_pkg::Lanes,
  localparam int unsigned GW = Segments == 1 ? 1 : $clog2(Segments),
  localparam int unsigned Rows = matmul_pkg::Sums
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [8*Rows-1:0]         a_i,
  input  logic [8*Columns*Rows-1:0] b_i,
  input  logic [Rows-1:0]           valid_i,
  input  logic [2*Rows-1:0]         phase_i,      // of the four products of a sum
  input  logic [Rows-1:0]           begin_i,      // the sum is the first of its accumulator
  input  logic [Rows-1:0]           bank_i,
  input  logic [CW*Rows-1:0]        context_i,

  input  logic                      read_bank_i,
  input  logic [CW-1:0]             read_context_i,
  input  logic [1:0]                read_row_i,
  input  logic [GW-1:0]             read_segment_i,
  output logic [32*matmul_pkg::Lanes-1:0] data_o
);
  localparam int unsigned SW = matmul_pkg::SumWidth;
  localparam int unsigned Pairs = Columns / 2;
  localparam int unsigned AddrWidth = 1 + CW + 2;  // bank, context, row

  // The array: sums of a row in slice i.
  /* verilator no_inline_module */  // one code for all groups

  logic [SW*Pairs*Rows-1:0] sums;
  for (genvar row = 0; row < Rows; row++) begin : gen_row
    logic [1:0] first_q;
    always_ff @(posedge clk_i) first_q <= {first_q[0], phase_i[2*row+:2] == 2'd0};
    for (genvar pair = 0; pair < Pairs; pair++) begin : gen_pair
      matmul_dsp u_dsp (
        .clk_i,
        .first_i(first_q[1]),
        .a_i    (a_i[8*row+:8]),
        .b_i    (b_i[8*(Columns*row+2*pair)+:16]),
        .sum_o  (sums[SW*(Pairs*row+pair)+:SW])
      );
    end
  end

  // The row that will hand over, and to which accumulator.
  logic                 take;
  logic                 take_begin;
  logic [AddrWidth-1:0] take_addr;
  always_comb begin
    take       = 1'b0;
    take_begin = 1'b0;
    take_addr  = '0;
    for (int unsigned row = 0; row < Rows; row++) begin
      if (valid_i[row] && phase_i[2*row+:2] == 2'd3) begin
        take       = 1'b1;
        take_begin = begin_i[row];
        take_addr  = {bank_i[row], context_i[CW*row+:CW], 2'(row)};
      end
    end
  end

  logic [2:0]             take_q, take_begin_q;
  logic [3*AddrWidth-1:0] take_addr_q;
  logic                   add_q, add_begin_q, write_q;
  logic [AddrWidth-1:0]   add_addr_q, write_addr_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      take_q  <= '0;
      add_q   <= 1'b0;
      write_q <= 1'b0;
    end else begin
      take_q  <= {take_q[1:0], take};
      add_q   <= take_q[2];
      write_q <= add_q;
    end
    take_begin_q <= {take_begin_q[1:0], take_begin};
    take_addr_q  <= {take_addr_q[2*AddrWidth-1:0], take_addr};
    add_begin_q  <= take_begin_q[2];
    add_addr_q   <= sum_addr;
    write_addr_q <= add_addr_q;
  end

  logic [AddrWidth-1:0] sum_addr;
  assign sum_addr = take_addr_q[2*AddrWidth+:AddrWidth];

  logic [32*Columns-1:0] accumulators [2**AddrWidth];
  logic [SW*Pairs-1:0]   add_sum_q;
  logic [32*Columns-1:0] add_old_q, write_data_q;
  always_ff @(posedge clk_i) begin
    add_sum_q <= sums[SW*Pairs*sum_addr[1:0]+:SW*Pairs];
    add_old_q <= accumulators[sum_addr];
    for (int unsigned pair = 0; pair < Pairs; pair++) begin
      write_data_q[64*pair+:32]    <= (add_begin_q ? 32'd0 : add_old_q[64*pair+:32]) +
                                      matmul_pkg::low_sum(add_sum_q[SW*pair+:SW]);
      write_data_q[64*pair+32+:32] <= (add_begin_q ? 32'd0 : add_old_q[64*pair+32+:32]) +
                                      matmul_pkg::high_sum(add_sum_q[SW*pair+:SW]);
    end
    if (write_q) begin
      accumulators[write_addr_q] <= write_data_q;
    end
  end

  // Reading, one segment of a row.
  logic [32*Columns-1:0] read_word;
  logic [32*matmul_pkg::Lanes-1:0] data_q;
  assign read_word = accumulators[{read_bank_i, read_context_i, read_row_i}];
  if (Segments == 1) begin : gen_whole
    logic unused_segment;
    assign unused_segment = ^read_segment_i;
    always_ff @(posedge clk_i) data_q <= read_word;
  end else begin : gen_part
    always_ff @(posedge clk_i) data_q <= read_word[32*matmul_pkg::Lanes*read_segment_i+:32*matmul_pkg::Lanes];
  end
  assign data_o = data_q;
endmodule
