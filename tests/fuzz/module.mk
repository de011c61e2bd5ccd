# libFuzzer targets: tests/fuzz/README.md. A target is one line at the end of this file:
#   $(eval $(call fuzzer,NAME,SOURCES,LDLIBS))
# builds build/fuzz/NAME from tests/fuzz/NAME_fuzz.c and SOURCES, all of them compiled with clang under
# the fuzzer's instrumentation, ASan and UBSan, and adds its short run to TESTS, its long one to SOAK_TESTS.
FUZZ_CC  ?= clang
FUZZ_DIR := $(BUILD)/fuzz
FUZZ_SANITIZERS := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS := -std=c17 $(WARNINGS) -g -O1 -fno-omit-frame-pointer $(FUZZ_SANITIZERS)

$(FUZZ_DIR)/obj/%.o: %.c tests/fuzz/module.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,FUZZ-CC,$<)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) $(CFLAGS_$<) -MMD -MP -c $< -o $@

# The wrappers exist because tests/run.py starts a test without arguments. (Two pattern rules: one with both
# targets would mean that a single run of the recipe makes both.)
define fuzz_wrapper
@mkdir -p $(@D)
@printf '#!/bin/sh\nexec tests/fuzz/run.sh %s %s %s\n' $* $(subst .,,$(suffix $@)) $(FUZZ_DIR) > $@
@chmod +x $@
endef
$(FUZZ_DIR)/%.test: tests/fuzz/module.mk
	$(fuzz_wrapper)
$(FUZZ_DIR)/%.soak: tests/fuzz/module.mk
	$(fuzz_wrapper)

define fuzzer
FUZZERS += $(FUZZ_DIR)/$(1)
TESTS += $(FUZZ_DIR)/$(1).test
SOAK_TESTS += $(FUZZ_DIR)/$(1).soak
$(FUZZ_DIR)/$(1).test $(FUZZ_DIR)/$(1).soak: $(FUZZ_DIR)/$(1)
$(FUZZ_DIR)/$(1): $(patsubst %.c,$(FUZZ_DIR)/obj/%.o,tests/fuzz/$(1)_fuzz.c $(2))
	@mkdir -p $$(@D)
	$$(call say,FUZZ-LD,$$@)$(FUZZ_CC) $(FUZZ_SANITIZERS) -pthread -o $$@ $$(filter %.o,$$^) $(3)
endef

-include $(shell [ -d $(FUZZ_DIR)/obj ] && find $(FUZZ_DIR)/obj -name '*.d')

FUZZ_XCLBIN := $(wildcard driver/xclbin/*.c driver/report/*.c)
$(eval $(call fuzzer,xclbin,$(FUZZ_XCLBIN),$(XCLBIN_LIBS)))
$(eval $(call fuzzer,block,$(wildcard host/eth/*.c)))
$(eval $(call fuzzer,trie,$(wildcard host/eth/*.c) host/src/keccak/keccak.c))
$(eval $(call fuzzer,hw_emu,sim/hw_emu/wire.c sim/hw_emu/server.c $(HW_EMU_PROTO).c tests/xrt/fake_card.c,-l:libprotobuf-c.a))
$(eval $(call fuzzer,kernel_json,$(FUZZ_XCLBIN),$(XCLBIN_LIBS)))
$(eval $(call fuzzer,recover_input,host/cli/recover_input.c host/cli/hex.c,-ljansson))
$(eval $(call fuzzer,model,$(patsubst %,host/llm/%.c,checkpoint container error model shape tokenizer) host/src/keccak/keccak.c))
$(eval $(call fuzzer,npy,host/cli/npy.c))
$(eval $(call fuzzer,matmul,$(wildcard host/src/matmul/*.c host/src/ops/matmul*.c) host/src/backend/cpu_matmul.c,$(LIBHYPERION_A) $(LIBHYPERION_LDLIBS)))
$(FUZZ_DIR)/matmul: $(LIBHYPERION_A)
$(eval $(call fuzzer,pci,$(wildcard driver/pci/*.c driver/report/*.c),$(PCIE_LIBS)))
