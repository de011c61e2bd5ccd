#include "host/src/dispatch/cost_model.h"

enum { KECCAK_RATE = 136 };

/* A completion weighs this much less with each that follows: about 50 count. */
static const double fading = 0.98;

uint64_t hyp_cost_units(const hyp_batch_header *header)
{
    if (header->op == HYP_OP_KECCAK256) {
        return header->item_count + header->data_length / KECCAK_RATE;
    }
    if (header->op == HYP_OP_MATMUL) {
        return header->item_count + (header->data_length + 64ull * header->result_beats) / 4096;
    }
    return header->item_count;
}

/* A completion that took longer than expected by more than this factor counts as if by this: the
 * machine may have been busy. A device that is slower from now on is still found out within a few.
 */
static const double most_surprise = 4;

/* After such a pause all that was learned before counts as much as one completion. */
static const uint64_t stale_ns = UINT64_C(500000000);

static void fade(struct hyp_cost_model *model, double by)
{
    model->weight *= by;
    model->sum_units *= by;
    model->sum_ns *= by;
    model->sum_units_squared *= by;
    model->sum_units_ns *= by;
}

/* The line of least squares. */
static struct hyp_cost fit(const struct hyp_cost_model *model)
{
    struct hyp_cost cost = {0, 0};
    double mean_units = model->sum_units / model->weight;
    double mean_ns = model->sum_ns / model->weight;
    double variance = model->sum_units_squared / model->weight - mean_units * mean_units;
    double covariance = model->sum_units_ns / model->weight - mean_units * mean_ns;
    /* Sizes that are all alike say nothing of the slope: then the whole cost is put on the units,
     * which errs on the safe side for larger batches. */
    if (variance < 0.01 * mean_units * mean_units || variance == 0 || covariance <= 0) {
        cost.fixed_ns = 0;
        cost.unit_ns = mean_ns / (mean_units > 1 ? mean_units : 1);
    } else {
        cost.unit_ns = covariance / variance;
        cost.fixed_ns = mean_ns - cost.unit_ns * mean_units;
    }
    if (cost.fixed_ns < 0) {
        cost.fixed_ns = 0;
        cost.unit_ns = mean_ns / (mean_units > 1 ? mean_units : 1);
    }
    if (cost.unit_ns <= 0) {
        cost.unit_ns = 1e-3;
    }
    return cost;
}

void hyp_cost_learn(struct hyp_cost_model *model, uint64_t now_ns, uint64_t units, uint64_t ns)
{
    double x = (double)units;
    double y = (double)ns;

    if (model->weight > 1) {
        double most = most_surprise * (model->cost.fixed_ns + model->cost.unit_ns * x);
        y = y < most ? y : most;
    }
    fade(model, fading);
    if (model->weight > 1 && now_ns - model->learned_ns >= stale_ns) {
        fade(model, 1 / model->weight);
    }
    model->learned_ns = now_ns;
    model->weight += 1;
    model->sum_units += x;
    model->sum_ns += y;
    model->sum_units_squared += x * x;
    model->sum_units_ns += x * y;
    model->cost = fit(model);
}

struct hyp_cost hyp_cost_estimate(const struct hyp_cost_model *model)
{
    static const struct hyp_cost unknown = {10000, 1000};
    return model->weight == 0 ? unknown : model->cost;
}
