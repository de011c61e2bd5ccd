/* The product kernels of the CPU against oneDNN's dnnl_gemm_s8s8s32, one thread each, in rounds
 * that take turns; the best round of each counts, by processor time. B is packed into panels
 * beforehand, as weights are; oneDNN gets it as it wants it. Every product is compared with
 * oneDNN's (which is exact where the CPU has VNNI), or with the portable kernel.
 *
 *   matmul_bench [MxKxN …] */
#include <dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/matmul/matmul.h"

struct shape {
    uint32_t m;
    uint32_t k;
    uint32_t n;
};

struct buffers {
    int8_t *a;
    int8_t *b;
    uint8_t *panels;
    int32_t *ours;
    int32_t *theirs;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *allocate(size_t bytes)
{
    void *memory = aligned_alloc(4096, (bytes + 8191) / 4096 * 4096);
    if (!memory) {
        fprintf(stderr, "matmul_bench: no memory\n");
        exit(3);
    }
    memset(memory, 1, bytes);
    return memory;
}

static void fill(int8_t *bytes, size_t count, uint32_t state)
{
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (int8_t)(state >> 24);
    }
}

static size_t columns_padded(const struct shape *s)
{
    return (s->n + 63u) / 64 * 64;
}

static struct hyp_matmul_task task_of(const struct shape *s, const struct buffers *x)
{
    return (struct hyp_matmul_task){
        .a = x->a,
        .a_pitch = s->k,
        .rows = s->m,
        .inner = s->k,
        .columns = s->n,
        .panels = x->panels,
        .width = 4,
        .result = x->ours,
        .result_pitch = 4 * columns_padded(s),
    };
}

static double run_ours(const struct shape *s, const struct buffers *x,
                       const struct hyp_matmul_kernel *kernel, unsigned repeats)
{
    const struct hyp_matmul_task task = task_of(s, x);
    double start = now();
    for (unsigned i = 0; i < repeats; i++) {
        hyp_matmul_compute(&task, kernel, 0, (uint32_t)(columns_padded(s) / 64));
    }
    return (now() - start) / repeats;
}

static double run_theirs(const struct shape *s, const struct buffers *x, unsigned repeats)
{
    const int32_t zero = 0;
    double start = now();
    for (unsigned i = 0; i < repeats; i++) {
        dnnl_status_t status = dnnl_gemm_s8s8s32('N', 'N', 'F', s->m, s->n, s->k, 1.0f, x->a, s->k,
                                                 0, x->b, s->n, 0, 0.0f, x->theirs, s->n, &zero);
        if (status != dnnl_success) {
            fprintf(stderr, "matmul_bench: oneDNN refused the product\n");
            exit(3);
        }
    }
    return (now() - start) / repeats;
}

static bool same(const struct shape *s, const int32_t *padded, const int32_t *dense, size_t pitch)
{
    for (uint32_t i = 0; i < s->m; i++) {
        if (memcmp(padded + i * columns_padded(s), dense + i * pitch, 4 * (size_t)s->n) != 0) {
            return false;
        }
    }
    return true;
}

static void measure(const struct shape *s)
{
    enum { ROUNDS = 15, KERNELS = 3 };
    static const struct {
        const char *name;
        enum hyp_cpu_variant variant;
    } kernels[KERNELS] = {
        {"portable", HYP_CPU_PORTABLE}, {"avx2", HYP_CPU_AVX2}, {"avx512", HYP_CPU_AVX512}};
    struct buffers x = {
        .a = allocate((size_t)s->m * s->k),
        .b = allocate((size_t)s->k * s->n),
        .panels = allocate(s->k * columns_padded(s)),
        .ours = allocate(4 * s->m * columns_padded(s)),
        .theirs = allocate(4 * (size_t)s->m * s->n),
    };
    double products = (double)s->m * s->k * s->n;
    unsigned repeats = products < 3e7 ? (unsigned)(6e7 / products) + 1 : 1;
    double best[KERNELS + 1];

    fill(x.a, (size_t)s->m * s->k, 1);
    fill(x.b, (size_t)s->k * s->n, 2);
    hyp_matmul_pack_b(x.b, s->n, 1, s->k, s->n, x.panels);
    for (unsigned round = 0; round < ROUNDS; round++) {
        double theirs = run_theirs(s, &x, repeats);
        best[KERNELS] = round == 0 || theirs < best[KERNELS] ? theirs : best[KERNELS];
        for (unsigned i = 0; i < KERNELS; i++) {
            const struct hyp_matmul_kernel *kernel = hyp_matmul_kernel_for(kernels[i].variant);
            if (round && i == 0 && products > 1e9) {
                continue; /* slow, and once is enough */
            }
            double ours = run_ours(s, &x, kernel, i == 0 ? 1 : repeats);
            best[i] = round == 0 || ours < best[i] ? ours : best[i];
            if (round == 0 && !same(s, x.ours, x.theirs, s->n)) {
                fprintf(stderr, "matmul_bench: %s and oneDNN differ\n", kernels[i].name);
                exit(1);
            }
        }
    }
    printf("%6u x %5u x %5u", s->m, s->k, s->n);
    for (unsigned i = 0; i <= KERNELS; i++) {
        printf("  %9.3f", 2e-12 * products / best[i]);
    }
    printf("  %7.2f  %7.1f\n", best[KERNELS] / best[KERNELS - 1],
           1e-9 * (double)s->k * (double)s->n / best[KERNELS - 1]);
    free(x.a);
    free(x.b);
    free(x.panels);
    free(x.ours);
    free(x.theirs);
}

int main(int argc, char **argv)
{
    static const struct shape standard[] = {
        {512, 512, 512}, {64, 4096, 1024}, {2048, 2048, 2048}, {1, 4096, 4096}};

    omp_set_num_threads(1);
    printf("%-21s  %9s  %9s  %9s  %9s  %7s  %7s\n", "TOPS (M x K x N)", "portable", "avx2",
           "avx512", "oneDNN", "ratio", "B GB/s");
    if (argc == 1) {
        for (unsigned i = 0; i < sizeof standard / sizeof standard[0]; i++) {
            measure(&standard[i]);
        }
    }
    for (int i = 1; i < argc; i++) {
        struct shape s;
        if (sscanf(argv[i], "%ux%ux%u", &s.m, &s.k, &s.n) != 3 || !s.m || !s.k || !s.n) {
            fprintf(stderr, "matmul_bench: %s is not MxKxN\n", argv[i]);
            return 2;
        }
        measure(&s);
    }
    return 0;
}
