# The xclbin library. xclbin.h (reader.c, names.c) needs only libc; the rest of the archive needs what
# XCLBIN_LIBS names.
XCLBIN_LIB := $(LIB)/libhyp-xclbin.a
$(eval $(call archive,$(XCLBIN_LIB),$(wildcard driver/xclbin/*.c)))
LIBRARIES += $(XCLBIN_LIB)
