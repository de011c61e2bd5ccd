// What the modules of the matmul kernel share: sizes, flags, and the records that one hands to the next.
//
// Words used all through: a *panel* is 64 columns of B; a *chunk* is 64 steps of the inner dimension; a *segment* is 16 columns,
// one beat of int32; a *tile* is the block of the result that the accumulators hold at once; a *pass* sends one chunk of one
// context through the array.
package matmul_pkg;
  localparam int unsigned PanelColumns   = 64;
  localparam int unsigned ChunkInner     = 64;
  localparam int unsigned Lanes          = 16;  // columns of a segment
  localparam int unsigned Sums           = 4;   // products that a DSP adds up before its low field is taken out; at most 7
  localparam int unsigned FieldWidth     = 18;  // of the low product in a DSP
  localparam int unsigned SumWidth       = 36;  // of both
  localparam int unsigned ParameterBanks = 4;   // tiles whose bias, multipliers and shifts are held
  localparam int unsigned ChunkSlots     = 8;   // chunks of B that are held

  localparam logic [31:0] FlagBias       = 32'd1;
  localparam logic [31:0] FlagAccumulate = 32'd2;
  localparam logic [31:0] FlagRequant8   = 32'd4;
  localparam logic [31:0] FlagRequant16  = 32'd8;
  localparam logic [31:0] FlagBResident  = 32'd16;
  localparam logic [31:0] KnownFlags     = 32'd31;
  localparam logic [31:0] MaxInner       = 32'd131071;
  localparam logic [31:0] MaxInnerBias   = 32'd65535;

  // As in batch_pkg, which a package cannot name for Yosys; matmul_core holds them to it.
  localparam int unsigned LW = 34;  // LengthWidth
  localparam int unsigned AW = 58;  // BeatAddrWidth

  // Widths of the records below, which ports have: Yosys takes no struct of a package there.
  localparam int unsigned JobWidth         = 456;
  localparam int unsigned RowsTileWidth    = 128;
  localparam int unsigned WeightsTileWidth = 255;
  localparam int unsigned ComputeTileWidth = 37;
  localparam int unsigned ResultTileWidth  = 126;
  localparam int unsigned StepWidth        = 16;

  // An item as it was checked. Beats count from the start of the input buffer or of the results, addresses are those of the
  // memory; all are in beats.
  typedef struct packed {
    logic          good;       // else its result, if it has a place, is zero
    logic          placed;
    logic          resident;   // B and the parameters are not in the input buffer
    logic [31:0]   rows;
    logic [31:0]   columns;
    logic [16:0]   inner;
    logic          bias;
    logic          accumulate;
    logic          requant8;
    logic          requant16;
    logic [LW-1:0] a_beat;
    logic [LW-1:0] accumulate_beat;
    logic [LW-1:0] result_beat;
    logic [LW-1:0] result_beats;     // of the whole result
    logic [AW-1:0] b_addr;
    logic [AW-1:0] bias_addr;
    logic [AW-1:0] multiplier_addr;
    logic [AW-1:0] shift_addr;
  } job_t;

  // What a tile needs of A and of the sums that are added to it.
  typedef struct packed {
    logic          load;       // A is not on the chip yet
    logic          first;      // and was not read before: it counts in the checksum of the input
    logic [7:0]    rows;
    logic [11:0]   chunks;     // and beats from one row of A to the next
    logic [LW-1:0] a_beat;
    logic          accumulate;
    logic [2:0]    segments;
    logic [LW-1:0] accumulate_beat;
    logic [LW-1:0] accumulate_stride;
  } rows_tile_t;

  // What a tile needs of B and of the parameters of its columns.
  typedef struct packed {
    logic          counts;     // in the checksum of the input: read for the first time, and from there
    logic [16:0]   inner;
    logic [AW-1:0] b_addr;
    logic [2:0]    segments;
    logic          bias;
    logic [AW-1:0] bias_addr;
    logic          requant;
    logic [AW-1:0] multiplier_addr;
    logic [AW-1:0] shift_addr;
  } weights_tile_t;

  // What is computed: at least one chunk.
  typedef struct packed {
    logic [7:0]  rows;
    logic [6:0]  columns;
    logic [11:0] chunks;
    logic [6:0]  last_inner;   // steps of the last chunk
    logic        load;         // its chunks of A arrive for this tile
    logic        release_a;    // and are not needed after it
    logic        single;       // one row, spread over the rows of the array
  } compute_tile_t;

  // Where the result goes, and how.
  typedef struct packed {
    logic          work;       // else `fill` beats of zeros
    logic          last;       // of its item, whose status is then known
    logic          bad;
    logic          empty;      // no chunk: the sums are zero
    logic          single;
    logic [7:0]    rows;
    logic [6:0]    columns;
    logic          bias;
    logic          accumulate;
    logic          requant8;
    logic          requant16;
    logic [LW-1:0] result_beat;
    logic [LW-1:0] result_stride;
    logic [LW-1:0] fill;
  } result_tile_t;

  // One step of a pass, as it enters the array.
  typedef struct packed {
    logic       valid;
    logic [5:0] index;         // k in its chunk
    logic       live;          // else beyond the inner dimension: counts as zero
    logic       first;         // of the chunks of its tile
    logic       single;
    logic [1:0] quarter;       // which columns of the panel
    logic       bank;          // of the accumulators
    logic [2:0] context_index; // of the accumulators
  } step_t;

  // The two sums of a DSP.
  function automatic logic [31:0] low_sum(input logic [SumWidth-1:0] sum);
    low_sum = {{14{sum[FieldWidth-1]}}, sum[FieldWidth-1:0]};
  endfunction
  function automatic logic [31:0] high_sum(input logic [SumWidth-1:0] sum);
    high_sum = {{14{sum[SumWidth-1]}}, sum[SumWidth-1:FieldWidth]} + 32'(sum[FieldWidth-1]);
  endfunction
endpackage
