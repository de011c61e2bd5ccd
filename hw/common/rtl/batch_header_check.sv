// Reads the fields of a batch header (host/include/hyperion/batch.h) and decides whether they hold together, with each other
// and with the sizes of the two buffers. The same rules as hyp_batch_check, and that the output buffer holds the results.
//
// start_i: header_i, input_bytes_i and output_bytes_i are valid and stay so; 3 cycles later done_o is high for one cycle and
// ok_o says whether the batch may be run. The fields are plain wires of header_i.
module batch_header_check #(
  parameter logic [15:0] Op                  = 16'd0,
  parameter logic [31:0] KnownFlags          = 32'd0,
  parameter int unsigned DescriptorBytesLog2 = 4,
  parameter bit          PlacedResults       = 1'b0  // results have sizes of their own: result_beats of the header
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                start_i,
  input  logic [batch_pkg::BeatWidth-1:0]     header_i,
  input  logic [63:0]                         input_bytes_i,
  input  logic [63:0]                         output_bytes_i,
  input  logic [1:0]                          result_words_log2_i,  // of this batch's flags
  output logic                                done_o,
  output logic                                ok_o,

  output logic [31:0]                         flags_o,
  output logic [batch_pkg::CountWidth-1:0]    item_count_o,
  output logic [63:0]                         sequence_o,
  output logic [batch_pkg::OffsetWidth-1:0]   descriptors_offset_o,
  output logic [batch_pkg::OffsetWidth-1:0]   data_offset_o,
  output logic [batch_pkg::OffsetWidth-1:0]   data_end_o,
  // sizes that follow from item_count
  output logic [batch_pkg::LengthWidth-1:0]   descriptor_beats_o,
  output logic [batch_pkg::LengthWidth-1:0]   status_beats_o,
  output logic [batch_pkg::LengthWidth-1:0]   result_beats_o,
  output logic                                result_half_o        // the last result beat is half full
);
  localparam int unsigned OW = batch_pkg::OffsetWidth;
  localparam int unsigned LW = batch_pkg::LengthWidth;

  logic [31:0] magic, item_count;
  logic [15:0] layout_version, op;
  logic [63:0] descriptors_offset, descriptors_length, data_offset, data_length;
  logic [31:0] variable_beats, crc32c;
  assign magic              = header_i[31:0];
  assign layout_version     = header_i[47:32];
  assign op                 = header_i[63:48];
  assign flags_o            = header_i[95:64];
  assign item_count         = header_i[127:96];
  assign sequence_o         = header_i[191:128];
  assign descriptors_offset = header_i[255:192];
  assign descriptors_length = header_i[319:256];
  assign data_offset        = header_i[383:320];
  assign data_length        = header_i[447:384];
  assign variable_beats     = header_i[479:448];  // result_beats of the header: for ops whose results have sizes of their own
  assign crc32c             = header_i[511:480];

  assign item_count_o         = item_count[batch_pkg::CountWidth-1:0];
  assign descriptors_offset_o = descriptors_offset[OW-1:0];
  assign data_offset_o        = data_offset[OW-1:0];

  // Where no section may begin: not at a multiple of 64, in the header, or beyond 2^OffsetWidth.
  function automatic logic misplaced(input logic [63:0] offset);
    misplaced = offset[5:0] != '0 || offset[63:6] == '0 || offset[63:OW] != '0;
  endfunction

  logic [2:0] step_q;
  logic       fields_ok_q, ends_ok_q;
  logic [OW:0] descriptors_end_q, data_end_q, output_end_q;
  logic [OW-1:0] descriptor_bytes, status_bytes, result_bytes;
  assign descriptor_bytes = OW'(item_count_o) << DescriptorBytesLog2;
  assign status_bytes     = (OW'(item_count_o) + OW'(63)) & ~OW'(63);
  assign result_bytes     = PlacedResults ? OW'(variable_beats) << 6
                                          : OW'(item_count_o) << (3'd5 + {1'b0, result_words_log2_i});

  assign descriptor_beats_o = LW'((descriptor_bytes + OW'(63)) >> 6);
  assign status_beats_o     = LW'(status_bytes >> 6);
  assign result_beats_o     = LW'((result_bytes + OW'(63)) >> 6);
  assign result_half_o      = result_bytes[5];
  assign data_end_o         = data_end_q[OW-1:0];

  always_ff @(posedge clk_i) begin
    fields_ok_q <= magic == batch_pkg::InputMagic && layout_version == batch_pkg::LayoutVersion && op == Op &&
                   (flags_o & ~KnownFlags) == '0 && item_count <= batch_pkg::MaxItems && (PlacedResults || variable_beats == '0) && crc32c == '0 &&
                   !misplaced(descriptors_offset) && !misplaced(data_offset) && data_length[63:OW] == '0 &&
                   descriptors_length == 64'(descriptor_bytes) && input_bytes_i[63:OW] == '0;
    descriptors_end_q <= (OW + 1)'(descriptors_offset[OW-1:0]) + (OW + 1)'(descriptor_bytes);
    data_end_q        <= (OW + 1)'(data_offset[OW-1:0]) + (OW + 1)'(data_length[OW-1:0]);
    output_end_q      <= (OW + 1)'(128) + (OW + 1)'(status_bytes) + (OW + 1)'(result_bytes);
    ends_ok_q         <= 64'(descriptors_end_q) <= input_bytes_i && 64'(data_end_q) <= input_bytes_i &&
                         64'(output_end_q) <= output_bytes_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q <= '0;
    end else begin
      step_q <= {step_q[1:0], start_i};
    end
  end

  assign done_o = step_q[2];
  assign ok_o   = fields_ok_q && ends_ok_q;
endmodule
