#!/usr/bin/env python3
"""No floating point from token to token: disassembles what a step of a language model runs through
and looks for instructions that compute with floating-point numbers. Moves and bit operations of the
floating-point kind are allowed (compilers use them on integers); conversions and comparisons are
not. The test must find some in the import, which is allowed to use floating point."""
import glob
import os
import re
import subprocess
import sys

OBJ = os.path.join(os.environ.get("BUILD", "build"), "obj")
PATH = ["host/llm/session", "host/llm/tokenizer", "host/llm/model", "host/llm/container",
        "host/llm/shape", "host/llm/error", "host/src/opcodes/*", "host/src/tensor/*",
        "host/src/matmul/*", "host/src/ops/matmul*", "host/src/keccak/*", "host/src/backend/*",
        "host/src/batch", "host/src/queue", "host/src/engine", "host/src/memory",
        "host/src/result_check", "host/src/verify*"]
# x87, and SSE/AVX arithmetic, conversion, comparison, rounding on single and double precision.
FLOAT = re.compile(
    r"^(f(?!ence|xsave|xrstor|emms)[a-z0-9]+|"
    r"v?(add|sub|mul|div|sqrt|max|min|cmp[a-z]*|comi|ucomi|round|rndscale|rcp|rcp14|rsqrt|rsqrt14|"
    r"haddp?|hsubp?|dp|addsub|range|reduce|scalef|getexp|getmant|fixupimm|"
    r"fn?m(add|sub|addsub|subadd)(132|213|231)?)(ss|sd|ps|pd|sh|ph)|"
    r"v?cvtt?[a-z0-9]+)$")
count = 0


def ok(name, passed, detail=""):
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}")
    if not passed:
        print("# " + "\n# ".join(detail[:20]))


def floats(path):
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True,
                          check=True, text=True).stdout
    found, function = [], "?"
    for line in text.splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        parts = line.split("\t")
        word = parts[1].split()[0] if len(parts) > 1 and parts[1].split() else ""
        if FLOAT.match(word):
            found.append(f"{path}: {function}: {parts[1]}")
    return found


if os.uname().machine != "x86_64":
    print("ok 1 - no floating point # SKIP the list of instructions is that of x86-64\n1..1")
    sys.exit()
for pattern in PATH:
    for path in sorted(glob.glob(os.path.join(OBJ, pattern + ".o"))):
        found = floats(path)
        ok(f"none in {os.path.relpath(path, OBJ)[:-2]}", not found, found)
ok("the path is there", count > 10, [f"only {count} objects"])
for name in ("import", "quantise", "rope"):
    ok(f"some in host/llm/{name}, so the search finds them",
       bool(floats(os.path.join(OBJ, f"host/llm/{name}.o"))), ["none"])
print(f"1..{count}")
