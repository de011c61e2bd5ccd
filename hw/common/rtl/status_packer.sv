// Packs status bytes into beats, the first lowest, and counts those that are not ok. After `count_i` bytes (loaded by start_i)
// the last beat goes out, filled with zeros.
//
// latency     1 cycle from the byte that completes a beat
// throughput  one byte a cycle
module status_packer (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             start_i,
  input  logic [batch_pkg::CountWidth-1:0] count_i,
  input  logic                             status_valid_i,
  output logic                             status_ready_o,
  input  logic [7:0]                       status_i,
  output logic                             beat_valid_o,
  input  logic                             beat_ready_i,
  output logic [batch_pkg::BeatWidth-1:0]  beat_o,
  output logic [batch_pkg::CountWidth-1:0] failed_o
);
  localparam int unsigned CountWidth = batch_pkg::CountWidth;

  logic [CountWidth-1:0]           left_q, failed_q;
  logic [5:0]                      index_q;
  logic                            beat_valid_q, take;
  logic [batch_pkg::BeatWidth-1:0] beat_q;

  assign status_ready_o = left_q != '0 && (!beat_valid_q || beat_ready_i);
  assign take           = status_valid_i && status_ready_o;
  assign beat_valid_o   = beat_valid_q;
  assign beat_o         = beat_q;
  assign failed_o       = failed_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q       <= '0;
      failed_q     <= '0;
      index_q      <= '0;
      beat_valid_q <= 1'b0;
    end else begin
      if (start_i) begin
        left_q   <= count_i;
        failed_q <= '0;
        index_q  <= '0;
      end else if (take) begin
        left_q   <= left_q - CountWidth'(1);
        failed_q <= failed_q + CountWidth'(status_i != batch_pkg::StatusOk);
        index_q  <= index_q + 6'd1;
      end
      beat_valid_q <= (take && (index_q == '1 || left_q == CountWidth'(1))) || (beat_valid_q && !beat_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      if (index_q == '0) begin
        beat_q <= {504'd0, status_i};
      end else begin
        beat_q[8*index_q+:8] <= status_i;
      end
    end
  end
endmodule
