/* hyperion: dispatch to the subcommands. */
#include <stdio.h>
#include <string.h>

#include "host/cli/cli.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"block", cli_block, "check Ethereum blocks: hashes and roots, recomputed on a device"},
    {"recover", cli_recover, "recover public keys and addresses from signatures"},
    {"keccak", cli_keccak, "print Keccak-256 digests of files or of lines"},
    {"llm", cli_llm, "let a language model write, in integers"},
    {"matmul", cli_matmul, "multiply int8 matrices in NumPy files, exactly"},
    {"model", cli_model, "make, show and check files of language models"},
    {"devices", cli_devices, "list the devices of this machine"},
    {"examine", cli_examine, "report on the health of cards: links, errors, sensors, drivers"},
    {"doctor", cli_doctor, "say whether this machine is ready, and what to do where it is not"},
    {"stats", cli_stats, "show what devices did and how they were, in the last command"},
    {"top", cli_top, "show what devices do now"},
    {"program", cli_program, "load an xclbin into a card and ask it for known answers"},
    {"validate", cli_validate, "say whether a device is fit for service"},
    {"reset", cli_reset, "bring a card back by a reset of its function or slot"},
    {"bench", cli_bench, "measure an op on a device"},
    {"bitstream", cli_bitstream, "make, show and check xclbin files"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fprintf(out,
            "hyperion offloads an Ethereum node's hot work to FPGA cards, with the same bits on "
            "every device.\n\nusage: hyperion COMMAND [OPTION…] [FILE…]\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(out,
            "\n`hyperion COMMAND --help` tells more. Exit codes: 0 ok, 1 the answer is no, 2 bad "
            "input or usage,\n3 device or runtime failure.\n\nexample: hyperion block --device "
            "cpu block.rlp\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return cli_finish_output();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("hyperion %s\n", hyp_version_string());
        return cli_finish_output();
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            cli_set_command(argv[1]);
            int result = commands[i].run(argc - 1, argv + 1);
            return cli_worse(result, cli_finish_output());
        }
    }
    cli_error("unknown command \"%s\"", argv[1]);
    return cli_usage();
}
