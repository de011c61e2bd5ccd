/* hyperion bitstream: the parts, one file each. */
#ifndef HYPERION_CLI_BITSTREAM_H
#define HYPERION_CLI_BITSTREAM_H

#include "driver/xclbin/xclbin.h"

/* Prints what a container holds, as a table or as one JSON object. */
void bitstream_print_table(const char *file, const xclbin_reader *reader);
void bitstream_print_json(const char *file, const xclbin_reader *reader);

/* hyperion bitstream pack and seal; `argv` begins with the action. */
int bitstream_pack(int argc, char **argv);
int bitstream_seal(int argc, char **argv);

/* Prints the help; returns CLI_OK. */
int bitstream_help(void);

#endif
