// The recovery core against libsecp256k1: shared cases, random and mutated items, every batch size
// around the number of lanes, items crafted against the microprogram, and outputs that are taken
// away slowly.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vsecp256k1_core.h"
#include "tests/hw/secp256k1/bench.h"
#include "tests/hw/secp256k1/reference.h"

namespace
{

constexpr size_t kLanes = 32;
void to_words(const secp::Number &number, WData *words)
{
    for (int i = 0; i < 8; i++) {
        const uint8_t *at = number.data() + 28 - 4 * i;
        words[i] = uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
    }
}

void from_words(const WData *words, uint8_t *bytes)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 4; j++) {
            bytes[31 - 4 * i - j] = static_cast<uint8_t>(words[i] >> 8 * j);
        }
    }
}

class Core
{
  public:
    Core()
    {
        model_->rst_ni = 0;
        model_->out_ready_i = 0;
        model_->in_valid_i = 0;
        for (int i = 0; i < 4; i++) {
            cycle();
        }
        model_->rst_ni = 1;
    }

    // Recovers `items` as one stream; results are taken away in `ready_percent` of the cycles.
    std::vector<secp::Answer> run(const std::vector<secp::Item> &items,
                                  unsigned ready_percent = 100)
    {
        std::vector<secp::Answer> answers;
        size_t given = 0;
        uint64_t idle = 0;
        while (answers.size() < items.size() && idle < 400000) {
            model_->in_valid_i = given < items.size();
            if (model_->in_valid_i) {
                show(items[given], given + 1 == items.size());
            }
            model_->out_ready_i = random_() % 100 < ready_percent;
            model_->eval();
            bool taken = model_->in_valid_i && model_->in_ready_o;
            if (model_->out_valid_o && model_->out_ready_i) {
                answers.push_back(taken_result());
                idle = 0;
            }
            slots_ += model_->slot_o;
            products_ += model_->product_o;
            cycle();
            given += taken;
            idle++;
        }
        model_->in_valid_i = 0;
        model_->out_ready_i = 0;
        return answers;
    }

    uint64_t cycles() const
    {
        return cycles_;
    }
    uint64_t slots() const
    {
        return slots_;
    }
    uint64_t products() const
    {
        return products_;
    }

  private:
    void cycle()
    {
        model_->clk_i = 0;
        model_->eval();
        model_->clk_i = 1;
        model_->eval();
        cycles_++;
    }

    void show(const secp::Item &item, bool last)
    {
        uint8_t status = secp::range_status(item, false);
        bool add = (item.recid & 2) && status == 0;
        model_->in_last_i = last;
        model_->in_status_i = status;
        model_->in_odd_i = item.recid & 1;
        to_words(add ? secp::add_order(item.r) : item.r, model_->in_x_i);
        to_words(item.r, model_->in_r_i);
        to_words(item.s, model_->in_s_i);
        to_words(item.hash, model_->in_z_i);
    }

    secp::Answer taken_result()
    {
        secp::Answer answer{};
        answer.status = model_->out_status_o;
        from_words(model_->out_x_o, answer.key.data());
        from_words(model_->out_y_o, answer.key.data() + 32);
        return answer;
    }

    std::unique_ptr<Vsecp256k1_core> model_ = std::make_unique<Vsecp256k1_core>();
    std::mt19937_64 random_{7};
    uint64_t cycles_ = 0, slots_ = 0, products_ = 0;
};

bool agrees(Core &core, const std::vector<secp::Item> &items, unsigned ready_percent = 100)
{
    std::vector<secp::Answer> answers = core.run(items, ready_percent);
    size_t wrong = answers.size() != items.size();
    for (size_t i = 0; i < answers.size(); i++) {
        secp::Answer want = secp::recover(items[i], false);
        if (!(answers[i] == want) && wrong++ < 5) {
            std::printf("# item %zu: status %u, wanted %u\n", i, answers[i].status, want.status);
        }
    }
    if (answers.size() != items.size()) {
        std::printf("# %zu of %zu items came out\n", answers.size(), items.size());
    }
    return wrong == 0;
}

std::vector<secp::Item> items_of(size_t count, uint64_t seed, secp::Item (*make)(std::mt19937_64 &))
{
    std::mt19937_64 random(seed);
    std::vector<secp::Item> items;
    while (items.size() < count) {
        items.push_back(make(random));
    }
    return items;
}

void test_sizes(Core &core)
{
    for (size_t count : {size_t{1}, kLanes - 1, kLanes, kLanes + 1, 4 * kLanes}) {
        char name[64];
        std::snprintf(name, sizeof name, "batch of %zu", count);
        bench::report(agrees(core, items_of(count, count, secp::random_item)), name);
    }
    bench::report(core.run({}).empty(), "batch of 0");
}

void test_shared_cases(Core &core)
{
    std::vector<secp::Case> cases = secp::shared_cases();
    if (cases.empty()) {
        bench::skip("shared cases", "../shared/data/ecrecover.json is absent");
        return;
    }
    std::vector<secp::Item> items;
    for (const secp::Case &each : cases) {
        items.push_back(each.item);
    }
    std::vector<secp::Answer> answers = core.run(items);
    size_t wrong = answers.size() != cases.size();
    for (size_t i = 0; i < answers.size(); i++) {
        wrong += (answers[i].status != 0) != cases[i].fails || answers[i].key != cases[i].key ||
                 !(answers[i] == secp::recover(items[i], false));
    }
    std::printf("# %zu cases, %zu wrong\n", cases.size(), wrong);
    bench::report(wrong == 0, "shared cases, keys and statuses");
}

} // namespace

int main(int argc, char **argv)
{
    size_t random_items = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 512;
    Core core;
    auto begin = std::chrono::steady_clock::now();

    test_sizes(core);
    test_shared_cases(core);
    std::vector<secp::Item> crafted = secp::read_items(CRAFTED_ITEMS);
    bench::report(crafted.size() > 200 && agrees(core, crafted),
                  "items crafted against the microprogram");
    bench::report(agrees(core, items_of(random_items, 1, secp::random_item)), "random signatures");
    bench::report(agrees(core, items_of(random_items, 2, secp::mutated_item)),
                  "mutated signatures");
    bench::report(agrees(core, items_of(3 * kLanes + 5, 3, secp::mutated_item), 1),
                  "results taken away slowly");

    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("# %llu cycles in %.1f s: %.0f a second\n", (unsigned long long)core.cycles(),
                seconds, (double)core.cycles() / seconds);
    Core full;
    full.run(items_of(16 * kLanes, 4, secp::random_item));
    double per_item = (double)full.cycles() / (16 * kLanes);
    double used = (double)full.products() / (double)full.slots();
    std::printf("# %.1f cycles an item, multiplier busy in %.4f of slots\n", per_item, used);
    bench::report(per_item <= 2600 && used >= 0.9,
                  "at most 2600 cycles an item, multiplier busy in 90 % of slots");

    return bench::finish();
}
