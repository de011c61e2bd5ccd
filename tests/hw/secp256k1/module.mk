# The recovery kernel's RTL and model against libsecp256k1.
SECP256K1_TESTS := tests/hw/secp256k1
TESTS += $(SECP256K1_TESTS)/model_test.py
