# The vector kernels are compiled for their instruction set; the library calls them only after asking the
# CPU. -O3: loops over tiles have constant bounds and must be unrolled.
CFLAGS_host/src/matmul/matmul.c          := -O3
CFLAGS_host/src/matmul/matmul_portable.c := -O3
CFLAGS_host/src/matmul/matmul_avx2.c     := -O3 -mavx2
CFLAGS_host/src/matmul/matmul_avx512.c   := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
