# make install and make uninstall: PREFIX (/usr/local) is where things will be, DESTDIR is put before it.
# An installed tree may be moved as a whole: programs, library, simulated card and bitstream find each other by
# their places relative to one another, as does hyperion.pc.
#
#   bin/hyperion                            include/hyperion/*.h
#   lib/libhyperion.{a,so,so.0,so.0.1.0}    lib/pkgconfig/hyperion.pc
#   lib/hyperion/libhyperion-sim.so         the simulated card inside a process, loaded for `sim:N`
#   libexec/hyperion/hyperion-card-host     the process that holds an XRT card
#   share/hyperion/*.xclbin                 bitstreams
#   share/man/man1, share/man/man3
#   share/bash-completion/completions/hyperion
#   lib/udev/rules.d/70-hyperion.rules      cards belong to the group hyperion
#   lib/sysusers.d/hyperion.conf            which this makes
INSTALL     ?= install
DESTINATION  = $(DESTDIR)$(PREFIX)

# The parts of the build that are not there on every machine are installed where they were built.
INSTALL_LIBRARIES  := $(LIBHYPERION_A) $(LIBHYPERION_SO)
INSTALL_MODULES    := $(filter $(LIB)/hyperion/%,$(LIBRARIES))
INSTALL_LIBEXEC    := $(filter $(LIBEXEC)/%card-host,$(PROGRAMS))
INSTALL_BITSTREAMS := $(filter %.xclbin,$(PROGRAMS))
INSTALL_HEADERS    := $(wildcard host/include/hyperion/*.h)
INSTALL_MAN1       := $(wildcard docs/man/*.1)
INSTALL_MAN3       := $(wildcard docs/man/*.3)

.PHONY: install install-built uninstall
install: all
	@$(MAKE) --no-print-directory install-built

# Copies what is built and builds nothing, so that it can be run by another user.
install-built:
	$(INSTALL) -D -m 755 -t $(DESTINATION)/bin $(HYPERION)
	$(INSTALL) -D -m 644 -t $(DESTINATION)/include/hyperion $(INSTALL_HEADERS)
	$(INSTALL) -D -m 644 -t $(DESTINATION)/lib $(INSTALL_LIBRARIES)
	ln -sfn $(notdir $(LIBHYPERION_SO)) $(DESTINATION)/lib/$(LIBHYPERION_SONAME)
	ln -sfn $(LIBHYPERION_SONAME) $(DESTINATION)/lib/libhyperion.so
	$(INSTALL) -d $(DESTINATION)/lib/pkgconfig
	sed 's/@VERSION@/$(VERSION)/; s/@LIBS@/$(LIBHYPERION_LDLIBS)/' mk/hyperion.pc.in \
	    > $(DESTINATION)/lib/pkgconfig/hyperion.pc
	$(if $(INSTALL_MODULES),$(INSTALL) -D -m 644 -t $(DESTINATION)/lib/hyperion $(INSTALL_MODULES))
	$(if $(INSTALL_LIBEXEC),$(INSTALL) -D -m 755 -t $(DESTINATION)/libexec/hyperion $(INSTALL_LIBEXEC))
	$(if $(INSTALL_BITSTREAMS),$(INSTALL) -D -m 644 -t $(DESTINATION)/share/hyperion $(INSTALL_BITSTREAMS))
	$(INSTALL) -D -m 644 -t $(DESTINATION)/share/man/man1 $(INSTALL_MAN1)
	$(INSTALL) -D -m 644 -t $(DESTINATION)/share/man/man3 $(INSTALL_MAN3)
	$(foreach f,$(INSTALL_SYSTEM),$(call install_system,$(firstword $(subst =, ,$(f))),$(lastword $(subst =, ,$(f)))))

# What the system reads, and where.
INSTALL_SYSTEM := system/70-hyperion.rules=lib/udev/rules.d/70-hyperion.rules \
    system/hyperion.sysusers=lib/sysusers.d/hyperion.conf \
    system/hyperion.bash-completion=share/bash-completion/completions/hyperion
define install_system
$(INSTALL) -D -m 644 $(1) $(DESTINATION)/$(2)

endef

INSTALLED = bin/$(notdir $(HYPERION)) $(addprefix include/hyperion/,$(notdir $(INSTALL_HEADERS))) \
    $(addprefix lib/,$(notdir $(INSTALL_LIBRARIES)) $(LIBHYPERION_SONAME) libhyperion.so pkgconfig/hyperion.pc) \
    $(addprefix lib/hyperion/,$(notdir $(INSTALL_MODULES))) \
    $(addprefix libexec/hyperion/,$(notdir $(INSTALL_LIBEXEC))) \
    $(addprefix share/hyperion/,$(notdir $(INSTALL_BITSTREAMS))) \
    $(foreach f,$(INSTALL_SYSTEM),$(lastword $(subst =, ,$(f)))) \
    $(addprefix share/man/man1/,$(notdir $(INSTALL_MAN1))) $(addprefix share/man/man3/,$(notdir $(INSTALL_MAN3)))

# Removes what install put there, and the folders that only Hyperion uses.
uninstall:
	rm -f $(addprefix $(DESTINATION)/,$(INSTALLED))
	-rmdir $(wildcard $(addprefix $(DESTINATION)/,include/hyperion lib/hyperion libexec/hyperion share/hyperion))
