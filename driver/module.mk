# The xclbin library. A program that uses only driver/xclbin/xclbin.h needs libc alone: those sources are
# part of libhyperion. With manifest.h, verify.h or pack.h it needs the archive and XCLBIN_LIBS.
XCLBIN_READER_SOURCES := driver/xclbin/reader.c driver/xclbin/names.c
XCLBIN_LIB := $(LIB)/libhyp-xclbin.a
XCLBIN_LIBS := -ljansson -lcrypto -lz
$(eval $(call archive,$(XCLBIN_LIB),$(wildcard driver/xclbin/*.c)))
LIBRARIES += $(XCLBIN_LIB)
CLI_ARCHIVES += $(XCLBIN_LIB)
LINT_CLANG += $(XCLBIN_LIB)

# Findings with verdict, cause and remedy.
REPORT_LIB := $(LIB)/libhyp-report.a
$(eval $(call archive,$(REPORT_LIB),$(wildcard driver/report/*.c)))
LIBRARIES += $(REPORT_LIB)

# Cards as PCI devices. The table of ids is data: here it becomes rows of C.
PCIE_LIB := $(LIB)/libhyp-pcie.a
PCIE_LIBS := -lpci
PCIE_CARD_IDS := $(GEN)/driver/pci/card_ids.inc
$(PCIE_CARD_IDS): driver/pci/card_ids.txt driver/pci/card_ids.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)awk -f driver/pci/card_ids.awk $< > $@
GENERATED += $(PCIE_CARD_IDS)
$(eval $(call archive,$(PCIE_LIB),$(wildcard driver/pci/*.c)))
LIBRARIES += $(PCIE_LIB)
CLI_ARCHIVES += $(PCIE_LIB) $(REPORT_LIB)
LINT_CLANG += $(PCIE_LIB) $(REPORT_LIB)
