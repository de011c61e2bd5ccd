// Reads one descriptor (hyp_ecrecover_descriptor, two beats), checks its ranges and gives the core its numbers.
// Statuses in order of precedence: bad_input, bad_recid, bad_r, bad_s, high_s, and bad_r again for r + n ≥ p.
//   latency     4 cycles from the second beat to item_valid_o
//   throughput  one item in 6 cycles and what the core takes to load it
module secp256k1_check (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             low_s_i,
  input  logic [batch_pkg::CountWidth-1:0] item_count_i,
  input  logic                             beat_valid_i,
  output logic                             beat_ready_o,
  input  logic [511:0]                     beat_i,
  output logic                             item_valid_o,
  input  logic                             item_ready_i,
  output logic                             item_last_o,
  output logic [2:0]                       item_status_o,
  output logic                             item_odd_o,
  output logic [255:0]                     item_x_o,
  output logic [255:0]                     item_r_o,
  output logic [255:0]                     item_s_o,
  output logic [255:0]                     item_z_o
);
  localparam logic [2:0] StatusBadInput = 3'd1;
  localparam logic [2:0] StatusBadRecid = 3'd2;
  localparam logic [2:0] StatusBadR     = 3'd3;
  localparam logic [2:0] StatusBadS     = 3'd4;
  localparam logic [2:0] StatusHighS    = 3'd5;

  // Numbers lie in memory as big-endian strings.
  function automatic logic [255:0] reversed(input logic [255:0] bytes);
    for (int unsigned i = 0; i < 32; i++) begin
      reversed[8*i+:8] = bytes[8*(31-i)+:8];
    end
  endfunction

  typedef enum logic [2:0] {
    StFirst,
    StSecond,
    StCompare,
    StDecide,
    StGive
  } state_e;
  state_e state_q;

  logic [255:0] r_q, s_q, z_q, x_q;
  logic [7:0]   recid_q;
  logic         reserved_q, r_zero_q, r_large_q, r_beyond_q, s_zero_q, s_large_q, s_high_q;
  logic [2:0]   status_q;
  logic [batch_pkg::CountWidth-1:0] left_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StFirst;
    end else begin
      case (state_q)
        StFirst:   if (beat_valid_i) state_q <= StSecond;
        StSecond:  if (beat_valid_i) state_q <= StCompare;
        StCompare: state_q <= StDecide;
        StDecide:  state_q <= StGive;
        default:   if (item_ready_i) state_q <= StFirst;
      endcase
    end
  end
  assign beat_ready_o = state_q == StFirst || state_q == StSecond;
  assign item_valid_o = state_q == StGive;

  always_ff @(posedge clk_i) begin
    if (state_q == StFirst) begin
      z_q <= reversed(beat_i[255:0]);
      r_q <= reversed(beat_i[511:256]);
    end
    if (state_q == StSecond) begin
      s_q        <= reversed(beat_i[255:0]);
      recid_q    <= beat_i[263:256];
      reserved_q <= beat_i[511:264] != '0;
    end
    if (state_q == StCompare) begin
      r_zero_q   <= r_q == '0;
      r_large_q  <= r_q >= secp256k1_pkg::GroupOrder;
      r_beyond_q <= r_q >= secp256k1_pkg::FieldPrime - secp256k1_pkg::GroupOrder;
      x_q        <= recid_q[1] ? r_q + secp256k1_pkg::GroupOrder : r_q;
      s_zero_q   <= s_q == '0;
      s_large_q  <= s_q >= secp256k1_pkg::GroupOrder;
      s_high_q   <= s_q > secp256k1_pkg::HalfOrder;
    end
    if (state_q == StDecide) begin
      if (reserved_q) begin
        status_q <= StatusBadInput;
      end else if (recid_q[7:2] != '0) begin
        status_q <= StatusBadRecid;
      end else if (r_zero_q || r_large_q) begin
        status_q <= StatusBadR;
      end else if (s_zero_q || s_large_q) begin
        status_q <= StatusBadS;
      end else if (s_high_q && low_s_i) begin
        status_q <= StatusHighS;
      end else if (recid_q[1] && r_beyond_q) begin
        status_q <= StatusBadR;
      end else begin
        status_q <= '0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q <= '0;
    end else if (left_q == '0) begin
      left_q <= item_count_i;
    end else if (item_valid_o && item_ready_i) begin
      left_q <= left_q - batch_pkg::CountWidth'(1);
    end
  end

  assign item_last_o   = left_q == batch_pkg::CountWidth'(1);
  assign item_status_o = status_q;
  assign item_odd_o    = recid_q[0];
  assign item_x_o      = x_q;
  assign item_r_o      = r_q;
  assign item_s_o      = s_q;
  assign item_z_o      = z_q;
endmodule
