// Books that assertions keep of beats: each beat is entered as a number, and struck out with it, modulo 2^64. What is left is zero
// where the same beats were entered and struck out, each as often; of others only where number and addresses make up for each other.
`ifndef YOSYS
package books_pkg;
  localparam logic [63:0] Odd = 64'h9e3779b97f4a7c15;  // keeps the addresses apart from the number of beats

  // Beats [addr, addr + beats), if valid: their number, and their addresses added up.
  function automatic logic [63:0] entry(input logic valid, input logic [63:0] addr, input logic [63:0] beats);
    logic [63:0] pairs;  // beats · (beats - 1) / 2
    entry = '0;
    if (valid) begin
      pairs = beats[0] ? beats * ((beats - 64'd1) >> 1) : (beats >> 1) * (beats - 64'd1);
      entry = beats + Odd * (beats * addr + pairs);
    end
  endfunction
endpackage
`endif
