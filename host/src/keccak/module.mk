# The vector variants are compiled for their instruction set; the library calls them only after asking
# the CPU. -O3 because they consist of short loops with constant bounds, which must be unrolled.
CFLAGS_host/src/keccak/keccak_avx2.c    := -O3 -mavx2
CFLAGS_host/src/keccak/keccak_avx512.c  := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl
CFLAGS_host/src/keccak/keccak_f1600x8.c := -mavx512f
