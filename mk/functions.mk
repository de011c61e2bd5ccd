# Building blocks for module.mk files.
#
#   $(call objects,SOURCES)                     object files of C and C++ sources
#   $(eval $(call program,OUT,SOURCES,LIBS,LDLIBS))   a program from C sources, archives and -l flags
#   $(eval $(call archive,OUT,SOURCES))         a static library
#
# Per-file compiler flags are set as   CFLAGS_host/src/foo.c := -mavx2
# Lists that module.mk files add to:
#   PROGRAMS, LIBRARIES   built by `make`
#   GENERATED             generated headers; exist before any C file is compiled
#   TESTS                 executables that print TAP; run by `make test`
#   SOAK_TESTS            the same, run by `make soak` only
#   LONG_TESTS            those of TESTS that take minutes: they begin first, so that the others run beside them
#   SANITIZED_TESTS       sources of tests that also run under ASan+UBSan
#   SANITIZED_SCRIPTS     scripts that run $BUILD/bin/hyperion, also with one built under ASan+UBSan
#   THREAD_TESTS          sources of tests that also run under TSan
#   FUZZERS               libFuzzer targets (tests/fuzz)

comma := ,

objects = $(patsubst %.c,$(OBJ)/%.o,$(filter %.c,$(1))) $(patsubst %.cpp,$(OBJ)/%.o,$(filter %.cpp,$(1)))

ifeq ($(V),)
say = @printf '  %-9s %s\n' '$(1)' '$(2)';
else
say =
endif

define program
$(1): $(call objects,$(2)) $(3)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(4)
endef

define archive
$(1): $(call objects,$(2))
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef

PROGRAMS :=
LIBRARIES :=
GENERATED :=
TESTS :=
SOAK_TESTS :=
LONG_TESTS :=
SANITIZED_TESTS :=
SANITIZED_SCRIPTS :=
THREAD_TESTS :=
FUZZERS :=
