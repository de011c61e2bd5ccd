# The command `hyperion`: links the shared library that lies beside it.
HYPERION := $(BIN)/hyperion
CLI_SOURCES := $(wildcard host/cli/*.c)
# Archives and libraries that commands need, beside libhyperion's own; the folders that build archives add theirs.
CLI_ARCHIVES ?=
CLI_LDLIBS   := -ljansson -lsecp256k1 -lcrypto -lz -lpci -lm

$(HYPERION): $(call objects,$(CLI_SOURCES)) $(CLI_ARCHIVES) $(LIB)/libhyperion.so
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(filter %.o,$^) \
	    $(filter %.a,$^) -L$(LIB) -lhyperion $(CLI_LDLIBS)

PROGRAMS += $(HYPERION)
