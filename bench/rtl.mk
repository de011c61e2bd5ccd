# `make bench-rtl`: cycles and utilisation of the kernels in simulation, into build/bench/rtl.json.
# A kernel adds a program that prints rows (bench/rtl/row.h):
#     $(eval $(call rtl_bench,bench/rtl/KERNEL.cpp,FURTHER SOURCES,NAMES OF VERILATED MODELS))
RTL_BENCHES :=
define rtl_bench
RTL_BENCHES += $(BUILD)/$(1:.cpp=)
$(call uses_verilated,$(1),$(3))
$(call program,$(BUILD)/$(1:.cpp=),$(1) bench/rtl/row.cpp $(2),$(foreach m,$(3),$(call verilated_object,$(m))) $(SIM_CARD) $(LIBHYPERION_A),$(LIBHYPERION_LDLIBS) $(SIM_CARD_LDLIBS))
endef

$(eval $(call rtl_bench,bench/rtl/keccak256.cpp,$(KECCAK_BENCH),keccak256 keccak256_u24))

# The array for a card takes minutes to compile even so, and is here only.
SIM_CXXFLAGS_matmul_64x64 := -O1
$(eval $(call verilated,matmul_64x64,matmul,$(MATMUL_SOURCES),$(MATMUL_64:%=-G%)))
$(eval $(call rtl_bench,bench/rtl/matmul.cpp,$(MATMUL_BENCH),matmul matmul_64x64))

# Recovery is checked against libsecp256k1, and so needs more than the macro links.
RTL_BENCHES += $(BUILD)/bench/rtl/ecrecover
$(call uses_verilated,bench/rtl/ecrecover.cpp,ecrecover)
$(eval $(call program,$(BUILD)/bench/rtl/ecrecover,bench/rtl/ecrecover.cpp bench/rtl/row.cpp $(ECRECOVER_BENCH),\
    $(call verilated_object,ecrecover) $(SIM_CARD) $(LIBHYPERION_A) $(TEST_SUPPORT),$(ECRECOVER_LIBS) $(SIM_CARD_LDLIBS)))

.PHONY: bench-rtl bench-rtl-built
bench-rtl: deps
	@$(MAKE) --no-print-directory bench-rtl-built
bench-rtl-built: $(RTL_BENCHES)
	@mkdir -p $(BUILD)/bench
	@bench/rtl/table.py $(BUILD)/bench/rtl.json $(RTL_BENCHES)
