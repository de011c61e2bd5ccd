# Modules that every kernel may use.
HW_COMMON_SOURCES :=
