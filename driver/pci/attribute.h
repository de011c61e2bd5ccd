/* Small text files, as sysfs has them. */
#ifndef HYPERION_DRIVER_PCI_ATTRIBUTE_H
#define HYPERION_DRIVER_PCI_ATTRIBUTE_H

#include <stddef.h>
#include <stdint.h>

#include "driver/pci/pci.h"

/* Reads up to size - 1 bytes of folder/name, cut at the first NUL and without white space at the
 * end; what is not printable, newlines apart, becomes a question mark. Returns 0 or a negative
 * errno value; `text` is then empty. An empty `folder` has no files. */
int pcie_read_text(const char *folder, const char *name, char *text, size_t size);
/* The same with a message in `function` unless the file merely is not there. */
int pcie_read_attribute(pcie_function *function, const char *name, char *text, size_t size);

/* A decimal number; -EINVAL where the file holds something else. */
int pcie_read_number(const char *folder, const char *name, int64_t *number);

/* Up to `size` bytes as they are. Returns how many, or a negative errno value. */
long pcie_read_bytes(const char *folder, const char *name, void *bytes, size_t size);

/* The last part of what a link points to. Returns 0 or a negative errno value. */
int pcie_read_link(const char *folder, const char *name, char *text, size_t size);

/* Writes `text` to a file that must be there. Returns 0 or a negative errno value. */
int pcie_write_text(const char *folder, const char *name, const char *text);

/* Keeps what could not be read. */
void pcie_add_problem(pcie_function *function, const char *file, int error);

#endif
