# Cards on the PCI bus: trees of other machines, and a bus of QEMU's.
TESTS += tests/pci/examine_test.py
SANITIZED_SCRIPTS += tests/pci/examine_test.py tests/pci/doctor_test.py
TESTS += tests/pci/doctor_test.py
TESTS += tests/pci/qemu_test.py
$(eval $(call c_test,tests/pci/units_test.c,$(PCIE_LIB) $(REPORT_LIB),$(PCIE_LIBS)))
SANITIZED_TESTS += tests/pci/units_test.c
TESTS += tests/pci/program_test.sh
TESTS += tests/pci/validate_test.py
TESTS += tests/pci/top_test.py
