# The command `hyperion`: links the shared library that lies beside it.
HYPERION := $(BIN)/hyperion
CLI_SOURCES := $(wildcard host/cli/*.c)
# Archives that commands need; the folders that build them add theirs.
CLI_ARCHIVES ?=

$(HYPERION): $(call objects,$(CLI_SOURCES)) $(CLI_ARCHIVES) $(LIB)/libhyperion.so
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(filter %.o,$^) \
	    $(filter %.a,$^) -L$(LIB) -lhyperion -ljansson -lsecp256k1 -lcrypto -lz -lpci -lm

PROGRAMS += $(HYPERION)
