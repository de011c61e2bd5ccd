// The CRC32C (Castagnoli, reflected 82f63b78, begun and ended with all ones) of a beat's 64 bytes and, after them, its index as
// 8 bytes, little-endian. The host computes the same (host/src/crc32c.h). What a kernel vouches for is a sum of these, which does not
// depend on the order of the beats (batch_shell).
//
// latency     2 cycles
// throughput  one beat a cycle
module beat_crc #(
  parameter int unsigned IndexWidth = batch_pkg::LengthWidth
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            valid_i,
  input  logic [batch_pkg::BeatWidth-1:0] beat_i,
  input  logic [IndexWidth-1:0]           index_i,
  output logic                            valid_o,
  output logic [31:0]                     crc_o
);
  localparam int unsigned Bits      = batch_pkg::BeatWidth + 64;
  localparam int unsigned Parts     = 4;
  localparam int unsigned PartBits  = batch_pkg::BeatWidth / Parts;
  localparam logic [31:0] Polynomial = 32'h82f63b78;
  localparam logic [31:0] Constant   = 32'h1fe25fcb;  // of 72 zero bytes: what the ones at begin and end make of any beat

  // Which bits of a message of 72 bytes go into bit `index` of its CRC. A bit that comes last leaves the polynomial; each bit
  // behind it shifts that once more.
  function automatic logic [Bits-1:0] mask_of(input logic [4:0] index);
    logic [31:0] crc;
    crc = Polynomial;
    for (int i = Bits - 1; i >= 0; i--) begin
      mask_of[i] = crc[index];
      crc = {1'b0, crc[31:1]} ^ (crc[0] ? Polynomial : 32'd0);
    end
  endfunction

  logic                       valid_q, crc_valid_q;
  logic [IndexWidth-1:0]      index_q;
  logic [32*Parts-1:0]        part_q;  // 32 bits of each part
  logic [31:0]                crc_q;

  always_ff @(posedge clk_i) begin
    valid_q     <= valid_i && rst_ni;
    crc_valid_q <= valid_q && rst_ni;
    if (valid_i) begin
      index_q <= index_i;
    end
  end

  for (genvar bit_index = 0; bit_index < 32; bit_index++) begin : gen_bit
    localparam logic [Bits-1:0] Mask = mask_of(5'(bit_index));
    for (genvar part = 0; part < Parts; part++) begin : gen_part
      always_ff @(posedge clk_i) begin
        if (valid_i) begin
          part_q[32*part+bit_index] <= ^(beat_i[PartBits*part+:PartBits] & Mask[PartBits*part+:PartBits]);
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (valid_q) begin
        crc_q[bit_index] <= Constant[bit_index] ^ part_q[bit_index] ^ part_q[32+bit_index] ^
                            part_q[64+bit_index] ^ part_q[96+bit_index] ^
                            ^(index_q & Mask[batch_pkg::BeatWidth+:IndexWidth]);
      end
    end
  end
  assign valid_o = crc_valid_q;
  assign crc_o   = crc_q;
endmodule
