# The kernel of matrix products.
MATMUL_TESTS := tests/hw/matmul
MATMUL_BENCH := tests/hw/batch_card.cpp $(MATMUL_TESTS)/matmul_batch.cpp

# As the card has it, and with other proportions: two segments a row, two blocks of rows, little memory for A.
$(eval $(call verilated,matmul_8x32,matmul,$(MATMUL_SOURCES),-GRows=8 -GColumns=32 -GRowTiles=2 -GABeats=64))
$(eval $(call hw_test,$(MATMUL_TESTS)/matmul_test.cpp,$(MATMUL_BENCH),matmul matmul_8x32))

$(eval $(call verilated,matmul_dsp,matmul_dsp,hw/matmul/rtl/matmul_pkg.sv hw/matmul/rtl/matmul_dsp.sv,))
$(eval $(call hw_test,$(MATMUL_TESTS)/dsp_test.cpp,,matmul_dsp))
$(eval $(call verilated,matmul_requant,matmul_requant,hw/matmul/rtl/matmul_requant.sv,))
$(eval $(call hw_test,$(MATMUL_TESTS)/requant_test.cpp,,matmul_requant))
$(eval $(call verilated,matmul_check,matmul_check,hw/common/rtl/batch_pkg.sv hw/matmul/rtl/matmul_pkg.sv hw/matmul/rtl/matmul_check.sv,))
$(eval $(call hw_test,$(MATMUL_TESTS)/check_test.cpp,,matmul_check))
SOAK_TESTS += $(MATMUL_TESTS)/matmul_soak.sh
