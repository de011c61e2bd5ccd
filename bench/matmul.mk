# Products on the CPU against oneDNN, which nothing else here needs: built only for this.
BENCH_MATMUL := $(BUILD)/bench/matmul_bench
CFLAGS_bench/matmul.c := -fopenmp
$(eval $(call program,$(BENCH_MATMUL),bench/matmul.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) -ldnnl -lgomp))
BENCHES += bench-matmul
.PHONY: bench-matmul
bench-matmul: $(BENCH_MATMUL)
	OMP_NUM_THREADS=1 $(BENCH_MATMUL)
