#!/usr/bin/env python3
"""100,000 random and mutated items through the executable model of the recovery core against libsecp256k1, on every
processor; ITEMS in the environment sets another number. 14 ms an item."""
import concurrent.futures
import os
import sys

sys.dont_write_bytecode = True
sys.path[:0] = ["tests/hw/secp256k1", "hw/secp256k1/model"]
import machine  # noqa: E402
import model_test  # noqa: E402

BATCH = 1000


def batch(seed):
    return model_test.agrees(machine.Machine(), model_test.Library(), model_test.random_items(seed, BATCH))


def main():
    batches = max(1, int(os.environ.get("ITEMS", "100000")) // BATCH)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        # Seeds of their own: the short test has 1.
        for index, good in enumerate(pool.map(batch, range(1000, 1000 + batches)), 1):
            model_test.report(good, f"{BATCH} items, batch {index}")
    print(f"1..{batches}")
    return model_test.failed != 0


if __name__ == "__main__":
    sys.exit(main())
