# Cards on the PCI bus: trees of other machines, and a bus of QEMU's.
TESTS += tests/pci/examine_test.py
SANITIZED_SCRIPTS += tests/pci/examine_test.py
TESTS += tests/pci/doctor_test.py
