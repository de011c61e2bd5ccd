# The xclbin library. A program that uses only driver/xclbin/xclbin.h needs libc alone: those sources are
# part of libhyperion. With manifest.h, verify.h or pack.h it needs the archive and XCLBIN_LIBS.
XCLBIN_READER_SOURCES := driver/xclbin/reader.c driver/xclbin/names.c
XCLBIN_LIB := $(LIB)/libhyp-xclbin.a
XCLBIN_LIBS := -ljansson -lcrypto -lz
$(eval $(call archive,$(XCLBIN_LIB),$(wildcard driver/xclbin/*.c)))
LIBRARIES += $(XCLBIN_LIB)
CLI_ARCHIVES += $(XCLBIN_LIB)
LINT_CLANG += $(XCLBIN_LIB)
