# Hyperion: one GNU make build for host software, RTL, simulated card and bitstreams.
# The tree is described by one module.mk a folder; everything built lands in $(BUILD).
# `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

include mk/config.mk
include mk/functions.mk

include hw/module.mk
include driver/module.mk
include host/module.mk
include sim/module.mk
include sim/hw_emu/module.mk
include bitstreams/module.mk
include tests/module.mk
include bench/module.mk
include docs/module.mk

include mk/rules.mk
include mk/targets.mk
