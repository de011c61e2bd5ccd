# Tests of the kernels' RTL, from single modules to whole kernels.
TESTS += tests/hw/kernelgen_test.sh
