#!/usr/bin/env python3
"""The scripts for Vitis, as far as they can be checked without it: the Tcl runs under tclsh with Vivado's
commands replaced, and packages the registers, arguments and ports of kernel.json; link.cfg names every unit.
Prints TAP."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

KERNEL = "hw/keccak/kernel.json"
results = []


def check(name, passed, shown=""):
    results.append(passed)
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print("\n".join("# " + line for line in str(shown).splitlines()))


def number(value):
    return int(value, 0) if isinstance(value, str) else value


def expected_facts(kernel):
    facts = [f"clocked {port['name']}" for port in kernel["ports"]]
    facts += [f"package_xo -force -xo_path out.xo -kernel_name {kernel['name']} "
              f"-ip_directory {os.getcwd()}/{kernel['name']}_package -ctrl_protocol {kernel['control_protocol']}"]
    facts += [f"register {reg['name'].upper()} {number(reg['offset'])} 32" for reg in kernel["registers"]]
    for arg in kernel["args"]:
        busif = arg["port"] if arg["kind"] == "global" else ""
        facts.append(f"register {arg['name']} {number(arg['offset'])} {8 * arg['size']} {busif}".strip())
    return sorted(facts)


def generate(folder, *kernels):
    return subprocess.run(["bitstreams/hw/vitis.py", *(f"--kernel={k}" for k in kernels), "--memory", "HBM[0:31]",
                           "--source", "keccak256=hw/top.sv", "-o", folder],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def main():
    with open(KERNEL, encoding="utf-8") as file:
        kernel = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        made = generate(folder, KERNEL + ":2")
        check("vitis.py succeeds", made.returncode == 0, made.stdout)
        with open(f"{folder}/link.cfg", encoding="utf-8") as file:
            link = [line.strip() for line in file if line.strip() and not line.startswith("#")]
        check("link.cfg names units and memories", link == [
            "[connectivity]", "nk=keccak256:2:keccak256_1.keccak256_2",
            "sp=keccak256_1.m_axi_gmem:HBM[0:31]", "sp=keccak256_2.m_axi_gmem:HBM[0:31]"], link)
        syntax = subprocess.run(["sh", "-n", f"{folder}/build.sh"], check=False)
        check("build.sh is a shell script", syntax.returncode == 0)
        with open(f"{folder}/package_keccak256.tcl", encoding="utf-8") as file:
            check("the script adds the sources", os.path.abspath("hw/top.sv") in file.read())
        if shutil.which("tclsh"):
            ran = subprocess.run(["tclsh", "tests/driver/vitis_stub.tcl", f"{folder}/package_keccak256.tcl"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            facts = sorted(line.strip() for line in ran.stdout.splitlines())
            check("the Tcl runs and packages what kernel.json says",
                  ran.returncode == 0 and facts == expected_facts(kernel), ran.stdout)
        else:
            results.append(True)
            print(f"ok {len(results)} - the Tcl runs # SKIP tclsh is not installed")
        made = generate(folder, "tests/driver/vitis_test.py")
        check("a file that is no kernel.json is refused", made.returncode == 1 and "vitis.py: " in made.stdout, made.stdout)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
