// The layout of a batch in memory, as host/include/hyperion/batch.h gives it.
package batch_pkg;
  localparam logic [31:0] InputMagic    = 32'h49505948;  // "HYPI"
  localparam logic [31:0] OutputMagic   = 32'h4f505948;  // "HYPO"
  localparam logic [15:0] LayoutVersion = 16'd4;
  localparam logic [31:0] MaxItems      = 32'd1 << 24;

  localparam logic [7:0] StatusOk       = 8'd0;
  localparam logic [7:0] StatusBadInput = 8'd1;

  localparam int unsigned BeatWidth     = 512;
  localparam int unsigned BeatBytes     = 64;
  localparam int unsigned BeatAddrWidth = 58;  // of an address counted in beats
  localparam int unsigned BurstBeats    = 64;  // 4 KiB, which no burst may cross
  localparam int unsigned WordWidth     = 256; // results are made of 32-byte words
  localparam int unsigned CountWidth    = 25;  // holds 0 … MaxItems

  // Kernels take buffers of less than 1 TiB; a larger input_bytes is refused like a header that does not
  // hold together.
  localparam int unsigned OffsetWidth  = 40;
  localparam int unsigned LengthWidth  = OffsetWidth - 6;  // of a length in beats
endpackage
