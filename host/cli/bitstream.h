/* hyperion bitstream: the parts, one file each. */
#ifndef HYPERION_CLI_BITSTREAM_H
#define HYPERION_CLI_BITSTREAM_H

#include <stdbool.h>

#include "driver/pci/pci.h"
#include "driver/report/report.h"
#include "driver/xclbin/xclbin.h"

/* Prints what a container holds, as a table or as one JSON object. */
void bitstream_print_table(const char *file, const xclbin_reader *reader);
void bitstream_print_json(const char *file, const xclbin_reader *reader);

/* hyperion bitstream pack and seal; `argv` begins with the action. */
int bitstream_pack(int argc, char **argv);
int bitstream_seal(int argc, char **argv);

/* hyperion bitstream sign and check; `argv` begins with the action. */
int bitstream_sign(int argc, char **argv);
int bitstream_check(int argc, char **argv);

/* Compares a container with a card that was looked at, NULL: the simulated one, and with this
 * program. Returns CLI_OK or CLI_NO. */
int bitstream_compare(const xclbin_reader *reader, const pcie_function *function, report *findings);

/* Checks the signature of a file that was read, by a public key; all right without a key.
 * `signature` is its file, NULL for FILE.sig. Returns CLI_OK; CLI_NO with the fault in `error`; or
 * after a message CLI_USAGE. */
int bitstream_check_signature(const char *file, const char *signature, const char *key,
                              const uint8_t *image, size_t length, bool json, xclbin_error *error);

/* Prints the help; returns CLI_OK. */
int bitstream_help(void);

#endif
