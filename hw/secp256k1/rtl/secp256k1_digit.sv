// Scalars of every lane, and the table row and sign that the instruction's window of one of them selects.
// A window of w bits is the signed odd digit 2·window - (2^w - 1): its top bit says positive, the others,
// inverted when negative, are the row. Rows of the second half of a scalar lie behind those of the first (lambda R, 2^128 G).
//   latency     read: 3 cycles from lane_i to row_o; the instruction belongs to lane_i's cycle
module secp256k1_digit (
  input  logic                 clk_i,
  input  logic [secp256k1_pkg::LaneWidth-1:0] lane_i,
  input  logic [2:0]           lookup_i,
  input  logic [4:0]           window_i,
  input  logic [4:0]           row_i,       // of static look-ups
  output logic [4:0]           row_o,       // of the lane's table
  output logic [secp256k1_pkg::GWindow-1:0]   fixed_row_o, // of the fixed table
  output logic                 negative_o,
  // writing
  input  logic                 write_r_low_i,
  input  logic                 write_r_high_i,
  input  logic                 write_g_i,
  input  logic [secp256k1_pkg::LaneWidth-1:0] write_lane_i,
  input  logic [secp256k1_pkg::Width-1:0]     write_data_i
);
  localparam int unsigned RW = secp256k1_pkg::RWindow;
  localparam int unsigned GW = secp256k1_pkg::GWindow;
  localparam int unsigned W = secp256k1_pkg::Width;
  localparam int unsigned RBits = RW * secp256k1_pkg::RWindows;
  localparam int unsigned GBits = GW * secp256k1_pkg::GWindows;

  logic [128:0]      r_low  [secp256k1_pkg::Lanes];
  logic [128:0]      r_high [secp256k1_pkg::Lanes];
  logic [W-1:0]  g      [secp256k1_pkg::Lanes];
  logic [128:0]      r_low_q, r_high_q, r_half;
  logic [W-1:0]  g_q;

  // Halves of u2 come around zero in two's complement; 2^128 more makes them bits.
  assign r_half = {~write_data_i[128], write_data_i[127:0]};

  always_ff @(posedge clk_i) begin
    if (write_r_low_i) begin
      r_low[write_lane_i] <= r_half;
    end
    if (write_r_high_i) begin
      r_high[write_lane_i] <= r_half;
    end
    if (write_g_i) begin
      g[write_lane_i] <= write_data_i;
    end
    r_low_q  <= r_low[lane_i];
    r_high_q <= r_high[lane_i];
    g_q      <= g[lane_i];
  end

  // The window. GWindows·GWindow bits of each half; the low half of u1 has 128.
  logic [2:0]         lookup_q, lookup_2q;
  logic [4:0]         window_q, static_q, static_2q;
  logic [RBits-1:0]   r_bits;
  logic [GBits-1:0]   g_bits;
  logic [RW-1:0] r_window_q;
  logic [GW-1:0] g_window_q;
  assign r_bits = lookup_q == secp256k1_pkg::LookupRHigh ? RBits'(r_high_q) : RBits'(r_low_q);
  assign g_bits = lookup_q == secp256k1_pkg::LookupGHigh ? GBits'(g_q[W-1:128]) : GBits'(g_q[127:0]);

  always_ff @(posedge clk_i) begin
    lookup_q   <= lookup_i;
    window_q   <= window_i;
    static_q   <= row_i;
    lookup_2q  <= lookup_q;
    static_2q  <= static_q;
    r_window_q <= RW'(r_bits >> (32'(window_q) * RW));
    g_window_q <= GW'(g_bits >> (32'(window_q) * GW));
  end

  // The row.
  logic [4:0]         row_q;
  logic [GW-1:0] fixed_row_q;
  logic               negative_q, r_negative, g_negative;
  assign r_negative = !r_window_q[RW-1];
  assign g_negative = !g_window_q[GW-1];

  always_ff @(posedge clk_i) begin
    fixed_row_q <= {lookup_2q == secp256k1_pkg::LookupGHigh, g_window_q[GW-2:0] ^ {(GW-1){g_negative}}};
    if (lookup_2q == secp256k1_pkg::LookupStatic) begin
      row_q      <= static_2q;
      negative_q <= 1'b0;
    end else begin
      row_q      <= {lookup_2q == secp256k1_pkg::LookupRHigh, r_window_q[RW-2:0] ^ {(RW-1){r_negative}}};
      negative_q <= lookup_2q == secp256k1_pkg::LookupGLow || lookup_2q == secp256k1_pkg::LookupGHigh ? g_negative :
                    r_negative;
    end
  end

  assign row_o       = row_q;
  assign fixed_row_o = fixed_row_q;
  assign negative_o  = negative_q;
endmodule
