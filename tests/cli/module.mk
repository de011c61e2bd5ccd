# Commands that have no folder of their own.
TESTS += tests/cli/matmul_cli_test.py
SANITIZED_SCRIPTS += tests/cli/matmul_cli_test.py
