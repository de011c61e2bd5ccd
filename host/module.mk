# libhyperion (shared and static), the Ethereum code above it, and the command.
LIBHYPERION_SOURCES := $(wildcard host/src/*.c host/src/*/*.c) $(XCLBIN_READER_SOURCES) sim/fault_plan.c sim/identity.c
LIBHYPERION_MAP     := host/libhyperion.map
LIBHYPERION_A       := $(LIB)/libhyperion.a
LIBHYPERION_SO      := $(LIB)/libhyperion.so.$(VERSION)
LIBHYPERION_SONAME  := libhyperion.so.$(firstword $(subst ., ,$(VERSION)))
LIBHYPERION_LDLIBS  := -ldl

include $(wildcard host/src/*/module.mk)

$(eval $(call archive,$(LIBHYPERION_A),$(LIBHYPERION_SOURCES)))

$(LIBHYPERION_SO): $(call objects,$(LIBHYPERION_SOURCES)) $(LIBHYPERION_MAP)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(LIBHYPERION_SONAME) \
	    -Wl,--version-script=$(LIBHYPERION_MAP) -Wl,-z,defs -o $@ $(filter %.o,$^) $(LIBHYPERION_LDLIBS)
$(LIB)/$(LIBHYPERION_SONAME): $(LIBHYPERION_SO)
	ln -sfn $(<F) $@
$(LIB)/libhyperion.so: $(LIB)/$(LIBHYPERION_SONAME)
	ln -sfn $(<F) $@

LIBRARIES += $(LIBHYPERION_A) $(LIBHYPERION_SO) $(LIB)/libhyperion.so

include $(wildcard host/eth/module.mk host/llm/module.mk host/cli/module.mk host/card-host/module.mk)
