/* hyperion matmul: the exact product of two int8 matrices in NumPy files, on a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/cli/file.h"
#include "host/cli/npy.h"
#include "hyperion/matmul.h"

static const char help[] =
    "usage: hyperion matmul A.npy B.npy -o C.npy [OPTION…]\n\n"
    "C = A · B, exactly: int8 (M, K) times int8 (K, N) gives int32 (M, N), as NumPy computes\n"
    "A.astype(numpy.int32) @ B.astype(numpy.int32). No sum ever wraps: K is at most 131,071, with\n"
    "a bias 65,535.\n\n"
    "  -o, --output FILE    replaced as a whole or not at all\n"
    "  --bias FILE          int32 (N,), less than 2^30 in magnitude: added to every row\n"
    "  --requant M,S        files with int32 (N,) multipliers, not negative, and uint8 (N,) "
    "shifts\n"
    "                       up to 62: C becomes (C · M + half) >> S, saturated to int8\n"
    "  --requant-bits BITS  8 (default) or 16: what --requant saturates to\n"
    "  --json               prints shape, type, device, seconds and keccak-256 of C's "
    "elements\n" CLI_DEVICE_HELP "\nexample: hyperion matmul A.npy B.npy -o C.npy --device sim\n";

enum { OPTION_BIAS = CLI_OPTION_COMMAND, OPTION_REQUANT, OPTION_REQUANT_BITS, OPTION_JSON };

struct request {
    const char *a;
    const char *b;
    const char *output;
    const char *bias;
    char *multipliers; /* owned; the shifts lie behind its comma */
    const char *shifts;
    uint64_t requant_bits;
    bool json;
    struct cli_device_options device;
};

/* What was read, row-major; owned. */
struct operands {
    void *a;
    void *b;
    void *bias;
    void *multipliers;
    void *shifts;
};

/* ---- reading ---- */

/* Reads one array and checks its type and rank. NULL after a message. */
static void *read_array(const char *name, const char *role, enum npy_type type, uint32_t rank,
                        struct npy *array)
{
    char message[256];
    char shape[NPY_TEXT];
    size_t size;
    void *elements = NULL;

    uint8_t *file = cli_read_file(name, &size, message);
    if (!file) {
        cli_error("%s: %s", name, message);
        return NULL;
    }
    if (!npy_read(file, size, array, message)) {
        cli_error("%s: %s", name, message);
    } else if (array->type != type) {
        cli_error("%s: %s must be %s, not %s: convert it with astype", name, role,
                  npy_type_name(type), npy_type_name(array->type));
    } else if (array->rank != rank) {
        npy_format_shape(array, shape);
        cli_error("%s: %s must have %u dimension%s, its shape is %s", name, role, rank,
                  rank == 1 ? "" : "s", shape);
    } else {
        elements = npy_row_major(array);
        if (!elements) {
            cli_error("%s: no memory for %s", name, role);
        }
    }
    free(file);
    return elements;
}

/* A vector with an element for each column of the product. */
static void *read_vector(const char *name, const char *role, enum npy_type type,
                         const struct npy *b)
{
    struct npy array;
    char shape[NPY_TEXT];
    char wanted[NPY_TEXT];

    void *elements = read_array(name, role, type, 1, &array);
    if (elements && array.shape[0] != b->shape[1]) {
        npy_format_shape(&array, shape);
        npy_format_shape(b, wanted);
        cli_error("%s: %s of shape %s does not fit B of shape %s: one element a column", name, role,
                  shape, wanted);
        free(elements);
        return NULL;
    }
    return elements;
}

static bool shapes_fit(const struct request *request, const struct npy *a, const struct npy *b)
{
    char left[NPY_TEXT];
    char right[NPY_TEXT];

    npy_format_shape(a, left);
    npy_format_shape(b, right);
    if (a->shape[1] != b->shape[0]) {
        cli_error("%s has shape %s and %s has shape %s: the columns of A must be the rows of B",
                  request->a, left, request->b, right);
        return false;
    }
    if (a->shape[0] > UINT32_MAX || a->shape[1] > UINT32_MAX || b->shape[1] > UINT32_MAX) {
        cli_error("%s and %s: shapes %s and %s are too large", request->a, request->b, left, right);
        return false;
    }
    return true;
}

/* The product's operands; false after a message. */
static bool read_operands(const struct request *request, struct operands *operands,
                          hyp_matmul_product *product)
{
    struct npy a;
    struct npy b;

    operands->a = read_array(request->a, "A", NPY_I8, 2, &a);
    operands->b = operands->a ? read_array(request->b, "B", NPY_I8, 2, &b) : NULL;
    if (!operands->b || !shapes_fit(request, &a, &b)) {
        return false;
    }
    if (request->bias) {
        operands->bias = read_vector(request->bias, "the bias", NPY_I32, &b);
    }
    if (request->shifts) {
        operands->multipliers =
            read_vector(request->multipliers, "the array of multipliers", NPY_I32, &b);
        operands->shifts = operands->multipliers
                               ? read_vector(request->shifts, "the array of shifts", NPY_U8, &b)
                               : NULL;
    }
    product->rows = (uint32_t)a.shape[0];
    product->inner = (uint32_t)a.shape[1];
    product->columns = (uint32_t)b.shape[1];
    product->a = operands->a;
    product->b = operands->b;
    product->bias = operands->bias;
    product->multipliers = operands->multipliers;
    product->shifts = operands->shifts;
    product->result_bits = request->shifts ? (uint32_t)request->requant_bits : 32;
    return (!request->bias || operands->bias) && (!request->shifts || operands->shifts);
}

static void free_operands(struct operands *operands)
{
    free(operands->a);
    free(operands->b);
    free(operands->bias);
    free(operands->multipliers);
    free(operands->shifts);
}

/* ---- the product ---- */

static enum npy_type result_type(const hyp_matmul_product *product)
{
    switch (product->result_bits) {
    case 8:
        return NPY_I8;
    case 16:
        return NPY_I16;
    default:
        return NPY_I32;
    }
}

static void print_json(const struct request *request, const struct cli_device *device,
                       const hyp_matmul_product *product, const void *result, size_t bytes,
                       uint64_t nanoseconds)
{
    uint8_t digest[32];

    hyp_keccak256(result, bytes, digest);
    cli_print_json(json_pack(
        "{s:o, s:s, s:I, s:I, s:I, s:s, s:f, s:o}", "output", cli_json_text(request->output),
        "device", device->info->name, "rows", (json_int_t)product->rows, "inner",
        (json_int_t)product->inner, "columns", (json_int_t)product->columns, "type",
        npy_type_name(result_type(product)), "seconds", (double)nanoseconds / 1e9, "keccak",
        cli_json_hex(digest, sizeof digest)));
}

static int write_result(const struct request *request, const hyp_matmul_product *product,
                        const void *result)
{
    size_t size;
    uint8_t *file = npy_write(result_type(product), product->rows, product->columns, result, &size);

    if (!file) {
        cli_error("%s: no memory for the result", request->output);
        return CLI_DEVICE;
    }
    int code = cli_write_file(request->output, file, size);
    free(file);
    return code;
}

/* Runs the one product of a batch. */
static int run_batch(const struct cli_device *device, hyp_matmul_batch *batch, void *result)
{
    hyp_job job = hyp_matmul_batch_job(batch, NULL);
    hyp_completion completion;
    hyp_queue *queue;

    int failed = cli_queue_create(device, &queue);
    if (failed) {
        return failed;
    }
    int accepted = hyp_queue_submit(queue, &job, 1);
    while (accepted == 1 && hyp_queue_reap(queue, &completion, 1) == 0) {
        hyp_queue_wait(queue, UINT64_MAX / 2); /* a job ends by its deadline at the latest */
    }
    hyp_queue_destroy(queue);
    if (accepted != 1) {
        return accepted ? accepted : HYP_EAGAIN;
    }
    if (completion.result) {
        return completion.result;
    }
    if (hyp_matmul_batch_status(batch, 0) != HYP_STATUS_OK) {
        return HYP_EDEVICE;
    }
    hyp_matmul_batch_copy(batch, 0, result);
    return HYP_OK;
}

/* Computes the product; returns an exit code, after a message unless it is CLI_OK. */
static int compute(const struct request *request, const struct cli_device *device,
                   const hyp_matmul_product *product, void *result)
{
    hyp_matmul_batch *batch = NULL;
    hyp_error error = {0, ""};
    size_t data_bytes = 0;
    size_t result_bytes = 0;

    int failed = hyp_matmul_room(product, &data_bytes, &result_bytes, &error);
    if (failed == HYP_OK) {
        failed = hyp_matmul_batch_create(device->device, 1, data_bytes, result_bytes, &batch);
    }
    if (failed == HYP_OK) {
        int added = hyp_matmul_batch_add(batch, product, &error);
        failed = added < 0 ? added : HYP_OK;
    }
    if (failed) {
        cli_error("%s · %s: %s", request->a, request->b,
                  *error.message ? error.message : hyp_strerror(failed));
        hyp_matmul_batch_destroy(batch);
        return cli_exit_code(failed);
    }
    failed = run_batch(device, batch, result);
    hyp_matmul_batch_destroy(batch);
    return failed ? cli_device_failure(device, request->output, failed) : CLI_OK;
}

static int multiply(const struct request *request, const struct cli_device *device,
                    const hyp_matmul_product *product)
{
    size_t bytes;

    if (__builtin_mul_overflow((size_t)product->rows, (size_t)product->columns, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)product->result_bits / 8, &bytes)) {
        cli_error("the product of %s and %s is too large", request->a, request->b);
        return CLI_USAGE;
    }
    void *result = malloc(bytes ? bytes : 1);
    if (!result) {
        cli_error("no memory for a result of %zu bytes", bytes);
        return CLI_DEVICE;
    }
    uint64_t start = hyp_clock_ns();
    int code = compute(request, device, product, result);
    uint64_t end = hyp_clock_ns();
    if (code == CLI_OK) {
        code = write_result(request, product, result);
        if (code == CLI_OK && request->json) {
            print_json(request, device, product, result, bytes, end - start);
        }
    }
    free(result);
    return code;
}

static int run(const struct request *request)
{
    hyp_matmul_product product = HYP_MATMUL_PRODUCT_INIT;
    struct operands operands = {0};
    struct cli_device device;
    int code = CLI_USAGE;

    if (read_operands(request, &operands, &product)) {
        code = cli_device_open(&request->device, &device);
        if (code == CLI_OK) {
            code = multiply(request, &device, &product);
            cli_device_close(&device);
        }
    }
    free_operands(&operands);
    return code;
}

/* ---- options ---- */

/* "M,S"; the comma is the last one. */
static int requant_option(struct request *request, const char *argument)
{
    free(request->multipliers);
    request->multipliers = strdup(argument);
    char *comma = request->multipliers ? strrchr(request->multipliers, ',') : NULL;

    if (!comma) {
        cli_error("--requant takes two files with a comma between, not \"%s\"", argument);
        return cli_usage();
    }
    *comma = 0;
    request->shifts = comma + 1;
    return CLI_OK;
}

static int take_option(struct request *request, int option, const char *argument)
{
    switch (option) {
    case 'o':
        request->output = argument;
        return CLI_OK;
    case OPTION_BIAS:
        request->bias = argument;
        return CLI_OK;
    case OPTION_REQUANT:
        return requant_option(request, argument);
    case OPTION_REQUANT_BITS:
        if (!cli_parse_number(argument, 16, &request->requant_bits) ||
            (request->requant_bits != 8 && request->requant_bits != 16)) {
            cli_error("--requant-bits takes 8 or 16, not \"%s\"", argument);
            return cli_usage();
        }
        return CLI_OK;
    case OPTION_JSON:
        request->json = true;
        return CLI_OK;
    default:
        return cli_device_option(&request->device, option, argument);
    }
}

static int check_request(struct request *request, int argc, char **argv)
{
    if (argc - optind != 2 || !request->output) {
        cli_error(request->output ? "two matrices are needed, A.npy and B.npy"
                                  : "-o FILE is needed, for the result");
        return cli_usage();
    }
    request->a = argv[optind];
    request->b = argv[optind + 1];
    return CLI_OK;
}

int cli_matmul(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_DEVICE_LONG_OPTIONS,
        {"output", required_argument, NULL, 'o'},
        {"bias", required_argument, NULL, OPTION_BIAS},
        {"requant", required_argument, NULL, OPTION_REQUANT},
        {"requant-bits", required_argument, NULL, OPTION_REQUANT_BITS},
        {"json", no_argument, NULL, OPTION_JSON},
        {"help", no_argument, NULL, 'h'},
        {0}};
    struct request request = {.requant_bits = 8, .device = CLI_DEVICE_OPTIONS_INIT};
    int code = CLI_OK;
    int option;

    while (code == CLI_OK && (option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            free(request.multipliers);
            return CLI_OK;
        }
        code = take_option(&request, option, optarg);
    }
    if (code == CLI_OK) {
        code = check_request(&request, argc, argv);
    }
    if (code == CLI_OK) {
        code = run(&request);
    }
    free(request.multipliers);
    return code;
}
