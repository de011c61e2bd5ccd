# The xclbin library. A program that uses only driver/xclbin/xclbin.h needs libc alone (reader.c, names.c);
# with manifest.h, verify.h or pack.h it also needs XCLBIN_LIBS.
XCLBIN_LIB := $(LIB)/libhyp-xclbin.a
XCLBIN_LIBS := -ljansson -lcrypto -lz
$(eval $(call archive,$(XCLBIN_LIB),$(wildcard driver/xclbin/*.c)))
LIBRARIES += $(XCLBIN_LIB)
