// Takes results from the core, hashes keys to addresses, and gives the shell statuses and 32-byte words of results:
// x, y, address, 0; or the address alone. Failed items give zeros.
//   throughput  one item in 32 cycles
module ecrecover_store (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         address_only_i,
  input  logic         key_valid_i,
  output logic         key_ready_o,
  input  logic [2:0]   key_status_i,
  input  logic [255:0] key_x_i,
  input  logic [255:0] key_y_i,
  output logic         status_valid_o,
  input  logic         status_ready_i,
  output logic [7:0]   status_o,
  output logic         result_valid_o,
  input  logic         result_ready_i,
  output logic [255:0] result_o
);
  function automatic logic [255:0] reversed(input logic [255:0] number);
    for (int unsigned i = 0; i < 32; i++) begin
      reversed[8*i+:8] = number[8*(31-i)+:8];
    end
  endfunction

  typedef enum logic [2:0] {
    StIdle,
    StHash,
    StStatus,
    StX,
    StY,
    StAddress,
    StZero
  } state_e;
  state_e state_q, state_d;

  logic         hash, hashed, ok;
  logic [159:0] address;
  logic [255:0] x, y;
  assign ok   = key_status_i == 3'd0;
  assign x    = reversed(key_x_i);
  assign y    = reversed(key_y_i);
  assign hash = state_q == StIdle && key_valid_i && ok;

  secp256k1_address u_address (
    .clk_i,
    .rst_ni,
    .start_i  (hash),
    .key_i    ({y, x}),
    .done_o   (hashed),
    .address_o(address)
  );

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:    if (key_valid_i) state_d = ok ? StHash : StStatus;
      StHash:    if (hashed) state_d = StStatus;
      StStatus:  if (status_ready_i) state_d = address_only_i ? StAddress : StX;
      StX:       if (result_ready_i) state_d = StY;
      StY:       if (result_ready_i) state_d = StAddress;
      StAddress: if (result_ready_i) state_d = address_only_i ? StIdle : StZero;
      StZero:    if (result_ready_i) state_d = StIdle;
      default:   state_d = StIdle;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      state_q <= state_d;
    end
  end

  always_comb begin
    case (state_q)
      StX:       result_o = x;
      StY:       result_o = y;
      StAddress: result_o = {96'd0, ok ? address : 160'd0};
      default:   result_o = '0;
    endcase
  end

  // The core shows zeros as the key of a failed item.
  assign key_ready_o    = state_d == StIdle && state_q != StIdle;
  assign status_valid_o = state_q == StStatus;
  assign status_o       = {5'd0, key_status_i};
  assign result_valid_o = state_q == StX || state_q == StY || state_q == StAddress || state_q == StZero;
endmodule
