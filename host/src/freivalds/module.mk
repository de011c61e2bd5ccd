# Loops that are to become vectors. Compiled for an instruction set; the library calls those only after asking the CPU.
CFLAGS_host/src/freivalds/freivalds_portable.c := -O3
CFLAGS_host/src/freivalds/freivalds_avx2.c     := -O3 -mavx2
CFLAGS_host/src/freivalds/freivalds_avx512.c   := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512ifma
