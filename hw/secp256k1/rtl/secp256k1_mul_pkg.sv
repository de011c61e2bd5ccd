// Sizes of the multiplier: how many tiles and cycles a width takes.
package secp256k1_mul_pkg;
  function automatic int unsigned tiles_a(input int unsigned width);
    tiles_a = (width + 25) / 26;
  endfunction

  function automatic int unsigned tiles_b(input int unsigned width);
    tiles_b = (width + 16) / 17;
  endfunction

  // Depth of the tree that sums the diagonals of a grid, three at a time.
  function automatic int unsigned grid_stages(input int unsigned width);
    grid_stages = (tiles_a(width) + tiles_b(width) - 1 <= 9) ? 2 : 3;
  endfunction

  // Operand width of the three multipliers below one level of Karatsuba: half, and a bit for the sum.
  function automatic int unsigned part_width(input int unsigned width);
    part_width = (width + 1) / 2 + 1;
  endfunction

  function automatic int unsigned latency(input int unsigned width, input int unsigned levels);
    case (levels)
      0:       latency = 3 + grid_stages(width);
      1:       latency = 4 + 3 + grid_stages(part_width(width));
      default: latency = 8 + 3 + grid_stages(part_width(part_width(width)));
    endcase
  endfunction

  function automatic int unsigned tiles(input int unsigned width, input int unsigned levels);
    case (levels)
      0:       tiles = tiles_a(width) * tiles_b(width);
      1:       tiles = 3 * tiles_a(part_width(width)) * tiles_b(part_width(width));
      default: tiles = 9 * tiles_a(part_width(part_width(width))) * tiles_b(part_width(part_width(width)));
    endcase
  endfunction
endpackage
