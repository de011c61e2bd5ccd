# hyperion-card-host: the process that holds a card, and the only program that links XRT and OpenCL. -rdynamic lets XRT find
# the functions that interpose.c puts before libc's.
CARD_HOST         := $(LIBEXEC)/hyperion-card-host
CARD_HOST_SOURCES := $(wildcard host/card-host/*.c host/card-host/*.cpp) host/src/backend/xrt_channel.c host/src/error.c \
                     sim/fault_plan.c

$(foreach f,$(wildcard host/card-host/*.c),$(eval CFLAGS_$(f) := -isystem /usr/include/xrt))
CXXFLAGS_host/card-host/reset.cpp := -isystem /usr/include/xrt
$(eval $(call program,$(CARD_HOST),$(CARD_HOST_SOURCES),$(XCLBIN_LIB) $(PCIE_LIB) $(REPORT_LIB),-rdynamic -lxrt_coreutil -lOpenCL -lstdc++ -ldl $(XCLBIN_LIBS)))
PROGRAMS += $(CARD_HOST)
