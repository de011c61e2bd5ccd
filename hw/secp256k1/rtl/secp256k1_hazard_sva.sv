// Part of the core in simulation only: no register and no row of a table is read while a write of it is under way. The generator keeps the
// distances; this notices if generator and pipeline ever disagree. A location is pending from the cycle in which the
// instruction that writes it reads its own operands until it is written.
module secp256k1_hazard_sva (
  input logic                                       clk_i,
  input logic                                       rst_ni,
  input logic [secp256k1_pkg::InstructionWidth-1:0] read_i,         // at the banks' addresses
  input logic [secp256k1_pkg::LaneWidth-1:0]        read_lane_i,
  input logic [4:0]                                 row_i,
  input logic [secp256k1_pkg::InstructionWidth-1:0] result_i,       // being written
  input logic [secp256k1_pkg::LaneWidth-1:0]        result_lane_i
);
  localparam int unsigned Lanes     = secp256k1_pkg::Lanes;
  localparam int unsigned Banks     = secp256k1_pkg::Banks;
  localparam int unsigned Registers = secp256k1_pkg::Registers;

  secp256k1_pkg::instruction_t read, result;
  assign read   = read_i;
  assign result = result_i;

  logic [Banks*Registers-1:0] registers_q [Lanes];  // pending
  logic [31:0]                table_x_q   [Lanes];
  logic [15:0]                table_y_q   [Lanes];
  logic [15:0]                table_z_q   [Lanes];

  logic [Banks*4-1:0]                  number;
  logic [Banks-1:0]                    used;
  logic [secp256k1_pkg::LaneWidth-1:0] other_lane;
  assign number     = {read.read5, read.read4, read.read3, read.read2, read.read1, read.read0};
  assign other_lane = read_lane_i ^ read.lane_xor;
  for (genvar bank = 0; bank < Banks; bank++) begin : gen_used
    assign used[bank] = read.a_sel == 3'(bank) || read.b_sel == 3'(bank) || read.d_sel == 3'(bank) ||
                        read.e_sel == 3'(bank) || read.f_sel == 3'(bank);

    always_ff @(posedge clk_i) begin
      if (rst_ni && read.valid) begin
        if (used[bank] && read.c_sel != 3'(bank)) begin
          assert (!registers_q[read_lane_i][7'(Registers*bank)+7'(number[4*bank+:4])]);
        end
        if (read.c_sel == 3'(bank)) begin
          assert (!registers_q[other_lane][7'(Registers*bank)+7'(number[4*bank+:4])]);
          // One bank answers for one lane.
          assert (!used[bank] || read.lane_xor == '0);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned lane = 0; lane < Lanes; lane++) begin
        registers_q[lane] <= '0;
        table_x_q[lane]   <= '0;
        table_y_q[lane]   <= '0;
        table_z_q[lane]   <= '0;
      end
    end else begin
      for (int unsigned bank = 0; bank < Banks; bank++) begin
        if (result.bank_write[bank]) begin
          registers_q[result_lane_i][7'(Registers*bank)+7'(result.write)] <= 1'b0;
        end
        if (read.bank_write[bank]) begin
          registers_q[read_lane_i][7'(Registers*bank)+7'(read.write)] <= 1'b1;
        end
      end
      case (result.table_write)
        secp256k1_pkg::TableWriteX: table_x_q[result_lane_i][result.table_row]      <= 1'b0;
        secp256k1_pkg::TableWriteY: table_y_q[result_lane_i][result.table_row[3:0]] <= 1'b0;
        secp256k1_pkg::TableWriteZ: table_z_q[result_lane_i][result.table_row[3:0]] <= 1'b0;
        default: ;
      endcase
      case (read.table_write)
        secp256k1_pkg::TableWriteX: table_x_q[read_lane_i][read.table_row]      <= 1'b1;
        secp256k1_pkg::TableWriteY: table_y_q[read_lane_i][read.table_row[3:0]] <= 1'b1;
        secp256k1_pkg::TableWriteZ: table_z_q[read_lane_i][read.table_row[3:0]] <= 1'b1;
        default: ;
      endcase
    end
  end

  logic special_c, special_d;
  assign special_c = read.valid && read.c_sel == 3'd7;
  assign special_d = read.valid && read.d_sel == 3'd7;
  always_ff @(posedge clk_i) begin
    if (rst_ni && special_c && read.c_special == secp256k1_pkg::CSpecialTableX) begin
      assert (!table_x_q[read_lane_i][row_i]);
    end
    if (rst_ni && special_d && read.d_special == secp256k1_pkg::DSpecialTableY) begin
      assert (!table_y_q[read_lane_i][row_i[3:0]]);
    end
    if (rst_ni && ((special_c && read.c_special == secp256k1_pkg::CSpecialTableZ) ||
                   (special_d && read.d_special == secp256k1_pkg::DSpecialTableZ))) begin
      assert (!table_z_q[read_lane_i][row_i[3:0]]);
    end
  end

  logic unused;
  assign unused = ^{read, result};
endmodule
