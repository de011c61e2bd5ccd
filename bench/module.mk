# Benchmarks: each bench/*.mk adds its target to BENCHES; results go to $(BUILD)/bench.
include $(filter-out bench/module.mk,$(wildcard bench/*.mk))
