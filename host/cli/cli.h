/* What the subcommands of `hyperion` share: exit codes, messages, device options, hex. */
#ifndef HYPERION_CLI_CLI_H
#define HYPERION_CLI_CLI_H

#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "hyperion/hyperion.h"

/* Exit codes. Where several files are processed the largest wins. */
enum {
    CLI_OK = 0,
    CLI_NO = 1,     /* the answer is no: a mismatch, a failed verdict */
    CLI_USAGE = 2,  /* bad input or usage */
    CLI_DEVICE = 3, /* device or runtime failure */
};

static inline int cli_worse(int a, int b)
{
    return a > b ? a : b;
}

/* The exit code for an error of the library. */
int cli_exit_code(int error);

/* The name that messages of this run carry. */
void cli_set_command(const char *name);
/* "hyperion COMMAND: message" on stderr. */
__attribute__((format(printf, 1, 2))) void cli_error(const char *format, ...);

/* After a usage error: points to the help of the command; returns CLI_USAGE. */
int cli_usage(void);

/* Options that every command with a device takes. Place CLI_DEVICE_LONG_OPTIONS into the command's
 * table and hand unknown values of getopt_long to cli_device_option. */
struct cli_device_options {
    const char *name;
    unsigned threads;
    hyp_log_level log_level;
    const char *cpu_variant;
    hyp_verify_mode verify;
    hyp_device_options device;
    char faults[1024]; /* with commas between; empty: none */
    bool split_given;
    const char *stats; /* file for what devices did; NULL: the usual one */
};

#define CLI_DEVICE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        NULL, 0, HYP_LOG_WARNING, NULL, HYP_VERIFY_SAMPLED, HYP_DEVICE_OPTIONS_INIT, "", false,    \
            NULL                                                                                   \
    }

enum {
    CLI_OPTION_DEVICE = 1000,
    CLI_OPTION_BITSTREAM,
    CLI_OPTION_THREADS,
    CLI_OPTION_VARIANT,
    CLI_OPTION_WAVE,
    CLI_OPTION_SEED,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_VERIFY,
    CLI_OPTION_FAULT,
    CLI_OPTION_SPLIT,
    CLI_OPTION_STATS,
    CLI_OPTION_REQUIRE_SIGNED,
    CLI_OPTION_VERBOSE,
    CLI_OPTION_COMMAND, /* the first value that a command may use for its own */
};

/* clang-format off */
#define CLI_DEVICE_LONG_OPTIONS \
    {"device", required_argument, NULL, CLI_OPTION_DEVICE}, \
    {"bitstream", required_argument, NULL, CLI_OPTION_BITSTREAM}, \
    {"threads", required_argument, NULL, CLI_OPTION_THREADS}, \
    {"cpu-variant", required_argument, NULL, CLI_OPTION_VARIANT}, \
    {"wave", required_argument, NULL, CLI_OPTION_WAVE}, \
    {"seed", required_argument, NULL, CLI_OPTION_SEED}, \
    {"timeout", required_argument, NULL, CLI_OPTION_TIMEOUT}, \
    {"verify", required_argument, NULL, CLI_OPTION_VERIFY}, \
    {"fault", required_argument, NULL, CLI_OPTION_FAULT}, \
    {"split", required_argument, NULL, CLI_OPTION_SPLIT}, \
    {"stats", required_argument, NULL, CLI_OPTION_STATS}, \
    {"require-signed", required_argument, NULL, CLI_OPTION_REQUIRE_SIGNED}, \
    {"verbose", no_argument, NULL, CLI_OPTION_VERBOSE}

/* The same as text for --help. */
#define CLI_DEVICE_HELP \
    "  --device D         cpu, sim, sim:N, xrt:N, opencl:N; several with commas between share the work; auto is all\n" \
    "                     real cards and cpu (default: a real card if there is one, else cpu)\n" \
    "  --verify MODE      what cards answer: sampled (default), strict (all, proven or computed again) or off\n" \
    "  --bitstream FILE   xclbin for xrt:N and opencl:N (default: the installed one)\n" \
    "  --require-signed K refuse it unless FILE.sig is its signature by the public key in file K\n" \
    "  --threads N        threads of the cpu device (default: one a CPU)\n" \
    "  --cpu-variant V    portable, avx2 or avx512 (default: the best this CPU has)\n" \
    "  --timeout SECONDS  for each batch (default: 60)\n" \
    "  --wave FILE        sim: write an FST wave\n" \
    "  --seed N           simulated cards: seed of the randomised memory timing and of faults\n" \
    "  --fault D:FAULT    simulated card D is to fail, as in sim:1:hang@3; may be repeated\n" \
    "  --split HOW        several devices share a batch by cost (default) or evenly (default with --fault, which\n" \
    "                     a device that gets no work would never meet)\n" \
    "  --stats FILE       keep what devices did in this file, for `hyperion stats`\n" \
    "  --verbose          log what the runtime does, on stderr\n"
/* clang-format on */

/* Takes one option. Returns CLI_OK or, after a message, CLI_USAGE. */
int cli_device_option(struct cli_device_options *options, int option, const char *argument);

/* A context and an open device. */
struct cli_device {
    hyp_context *context;
    hyp_device *device;
    const hyp_device_info *info;
    hyp_verify_mode verify;
    struct cli_record *record; /* of what it does */
};
/* Returns CLI_OK, or after a message another exit code (nothing is open then). */
int cli_device_open(const struct cli_device_options *options, struct cli_device *device);
void cli_device_close(struct cli_device *device);

/* "keccak256"; "unknown" for an op that this version does not have. Static storage. */
const char *cli_op_name(uint32_t op);
/* "1.2.3" of 0x00010203. In one place of its own, valid until the next call. */
const char *cli_version_text(uint32_t version);

/* A queue with the check that the user asked for. Returns an error of the library. */
int cli_queue_create(const struct cli_device *device, hyp_queue **queue);

/* Reports a failed job, with the device's last fault where there is one; returns the exit code. */
int cli_device_failure(const struct cli_device *device, const char *what, int error);

/* A decimal number in [0, most]. Returns false when `text` is anything else. */
bool cli_parse_number(const char *text, uint64_t most, uint64_t *number);

/* Hex digits to bytes; an optional 0x is skipped. Returns the number of bytes, or -1 and the
 * 1-based column of the first offending character (one past the end when a digit is missing). `out`
 * has room for length / 2 bytes. */
long cli_parse_hex(const char *text, size_t length, uint8_t *out, size_t *column);

/* Lower-case hex of `bytes`, terminated; `out` has room for 2 × length + 1. */
void cli_format_hex(const uint8_t *bytes, size_t length, char *out);
/* "0x…" as a JSON string; at most 256 bytes. */
json_t *cli_json_hex(const uint8_t *bytes, size_t length);

/* A text from outside, such as a file name, as a JSON string: where it is not UTF-8, which JSON
 * must be, every byte above 0x7f becomes a question mark. */
json_t *cli_json_text(const char *text);

/* Writes one object as a line on stdout and frees it. */
void cli_print_json(json_t *object);
/* A file that could not be processed: the message on stderr, and {"file","error"} if `json`. */
void cli_file_error(bool json, const char *file, const char *message);

/* Whether everything printed to stdout has arrived: call at the end; returns CLI_OK or CLI_DEVICE.
 */
int cli_finish_output(void);

int cli_bench(int argc, char **argv);
int cli_bitstream(int argc, char **argv);
int cli_block(int argc, char **argv);
int cli_devices(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_examine(int argc, char **argv);
int cli_keccak(int argc, char **argv);
int cli_llm(int argc, char **argv);
int cli_matmul(int argc, char **argv);
int cli_model(int argc, char **argv);
int cli_reset(int argc, char **argv);
int cli_program(int argc, char **argv);
int cli_recover(int argc, char **argv);
int cli_top(int argc, char **argv);
int cli_validate(int argc, char **argv);
int cli_stats(int argc, char **argv);

#endif
