# The way through XRT's emulation by itself, with a card whose runs take no time.
XRT_BENCH := $(BUILD)/bench/xrt_path
$(eval $(call program,$(XRT_BENCH),bench/xrt/path_bench.c,$(LIBHYPERION_A),$(LIBHYPERION_LDLIBS)))

BENCHES += bench-xrt
.PHONY: bench-xrt
bench-xrt: $(XRT_BENCH) $(XRT_FAKE_XCLBIN) $(CARD_HOST)
	$(XRT_BENCH) $(XRT_FAKE_XCLBIN) | tee $(BUILD)/bench/xrt_path.txt
