# What a builder may set on the command line, and the flags that follow from it.
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
SANITIZE ?=
V        ?=

# CC and CXX have built-in values in make; replace those, but not a caller's.
ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
ifneq ($(filter default undefined,$(origin CXX)),)
CXX := g++
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := ar
endif
PYTHON    ?= python3
VERILATOR ?= verilator

VERSION := $(shell cat VERSION)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wvla -Wundef
CPPFLAGS += -D_GNU_SOURCE -Ihost/include -I$(BUILD)/gen -I.
CFLAGS   ?= -O2 -g
CXXFLAGS ?= -O2 -g
ALL_CFLAGS   := -std=c17 $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes \
                -fPIC -fvisibility=hidden -fno-omit-frame-pointer -pthread $(CFLAGS)
ALL_CXXFLAGS := -std=c++17 $(WARNINGS) -fPIC -fvisibility=hidden -pthread $(CXXFLAGS)
ALL_LDFLAGS  := -pthread -Wl,-z,relro,-z,now $(LDFLAGS)

ifneq ($(SANITIZE),)
ALL_CFLAGS   += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
ALL_CXXFLAGS += -fsanitize=$(SANITIZE)
ALL_LDFLAGS  += -fsanitize=$(SANITIZE)
endif

# Where things are built; `make install` mirrors lib, libexec and share.
BIN     := $(BUILD)/bin
LIB     := $(BUILD)/lib
LIBEXEC := $(BUILD)/libexec/hyperion
GEN     := $(BUILD)/gen
OBJ     := $(BUILD)/obj
