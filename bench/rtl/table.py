#!/usr/bin/env python3
"""Runs the RTL benches, prints their rows as a table and writes them to a JSON file.

    bench/rtl/table.py OUTPUT.json PROGRAM...

Each program prints one JSON object a line (bench/rtl/row.h)."""
import json
import subprocess
import sys

COLUMNS = [("kernel", "{}", 10), ("configuration", "{}", 13), ("workload", "{}", 16), ("items", "{:,}", 7),
           ("cycles", "{:,}", 10), ("cycles_per_item", "{:,.2f}", 15), ("utilisation", "{:.3f}", 11),
           ("items_per_second_at_300_mhz", "{:,.0f}", 27), ("simulated_cycles_per_second", "{:,.0f}", 27)]


def line(cells):
    return "  ".join(f"{cell:>{width}}" for cell, (_, _, width) in zip(cells, COLUMNS))


def main():
    output, programs = sys.argv[1], sys.argv[2:]
    rows, failed = [], False
    print(line(name for name, _, _ in COLUMNS), flush=True)
    for program in programs:
        with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as child:
            for text in child.stdout:
                row = json.loads(text)
                rows.append(row)
                print(line(form.format(row[name]) for name, form, _ in COLUMNS), flush=True)
        failed |= child.returncode != 0
    with open(output, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
