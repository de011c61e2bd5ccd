// Packs 32-byte words into beats, the first word low. After `count_i` words (loaded by start_i) the last beat goes out, its
// upper half zero if the count is odd.
//
// latency     1 cycle from the word that completes a beat
// throughput  one word a cycle
module result_packer #(
  parameter int unsigned CountWidth = 28
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            start_i,
  input  logic [CountWidth-1:0]           count_i,
  input  logic                            word_valid_i,
  output logic                            word_ready_o,
  input  logic [batch_pkg::WordWidth-1:0] word_i,
  output logic                            beat_valid_o,
  input  logic                            beat_ready_i,
  output logic [batch_pkg::BeatWidth-1:0] beat_o
);
  logic [CountWidth-1:0]           left_q;
  logic                            upper_q, beat_valid_q, take;
  logic [batch_pkg::WordWidth-1:0] low_q, high_q;

  assign word_ready_o = left_q != '0 && (!beat_valid_q || beat_ready_i);
  assign take         = word_valid_i && word_ready_o;
  assign beat_valid_o = beat_valid_q;
  assign beat_o       = {high_q, low_q};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q       <= '0;
      upper_q      <= 1'b0;
      beat_valid_q <= 1'b0;
    end else begin
      if (start_i) begin
        left_q  <= count_i;
        upper_q <= 1'b0;
      end else if (take) begin
        left_q  <= left_q - CountWidth'(1);
        upper_q <= !upper_q;
      end
      beat_valid_q <= (take && (upper_q || left_q == CountWidth'(1))) || (beat_valid_q && !beat_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take && !upper_q) begin
      low_q  <= word_i;
      high_q <= '0;
    end else if (take) begin
      high_q <= word_i;
    end
  end
endmodule
