// Sum of `Terms` numbers in a tree of registered three-input additions. The caller sees to it that no sum needs more
// than Width bits.
//   latency     Stages cycles; 3^Stages ≥ Terms
//   throughput  one sum a cycle
module secp256k1_sum3 #(
  parameter int unsigned Terms  = 6,
  parameter int unsigned Width  = 136,
  parameter int unsigned Stages = 2
) (
  input  logic                   clk_i,
  input  logic [Terms*Width-1:0] terms_i,
  output logic [Width-1:0]       sum_o
);
  for (genvar stage = 0; stage < Stages; stage++) begin : gen_stage
    localparam int unsigned Inputs = (Terms + 3 ** stage - 1) / (3 ** stage);
    localparam int unsigned Sums   = (Inputs + 2) / 3;
    logic [3*Sums*Width-1:0] in;
    logic [Sums*Width-1:0]   sums_q;

    if (stage == 0) begin : gen_first
      assign in = (3*Sums*Width)'(terms_i);
    end else begin : gen_next
      assign in = (3*Sums*Width)'(gen_stage[stage-1].sums_q);
    end

    for (genvar i = 0; i < Sums; i++) begin : gen_sum
      always_ff @(posedge clk_i) begin
        sums_q[i*Width+:Width] <= in[3*i*Width+:Width] + in[(3*i+1)*Width+:Width] + in[(3*i+2)*Width+:Width];
      end
    end
  end

  assign sum_o = gen_stage[Stages-1].sums_q;
endmodule
