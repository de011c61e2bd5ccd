# Compiled for its instruction set; the library calls it only after asking the CPU.
CFLAGS_host/src/freivalds/freivalds_avx512.c := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512ifma
