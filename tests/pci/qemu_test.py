#!/usr/bin/env python3
"""Our own binary on a real PCI bus: Linux in QEMU (software emulation), with devices behind root ports and beside them.

  00:03.0 root port, 2.5 GT/s x1   01:00.0 nvme, which can reset itself, with its driver
  00:04.0 root port, 8.0 GT/s x16  02:00.0 ivshmem and 02:00.1 edu, two functions in one slot
  00:05.0 edu, inside the root complex

Discovery, capabilities and link fields are compared with what the guest's kernel says of them; then function resets and
hot resets are made and the bus is looked at again. The initramfs is made here, of busybox, the binary and its libraries."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
HYPERION = os.path.join(BUILD, "bin/hyperion")
SECONDS = 300  # a busy machine emulates slowly; alone it takes about ten
count = 0

INIT = r"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin LD_LIBRARY_PATH=/lib
D=/sys/bus/pci/devices
# A name, what the command prints on either stream, its exit code.
run() {
    name=$1
    shift
    echo "@@@ $name"
    "$@" 2>&1
    echo "@@@ = $?"
}
facts() {
    for d in $D/*; do
        echo "${d##*/} $(cat $d/vendor) $(cat $d/device) $(basename "$(readlink $d/driver)") speed=$(cat $d/current_link_speed 2>/dev/null | tr ' ' _) width=$(cat $d/current_link_width 2>/dev/null) max_speed=$(cat $d/max_link_speed 2>/dev/null | tr ' ' _) max_width=$(cat $d/max_link_width 2>/dev/null) methods=$(cat $d/reset_method 2>/dev/null | tr ' ' ,)"
    done
}
port_errors() { hexdump -v -s 0 -n 4096 -e '1/1 "%02x"' $D/0000:00:04.0/config; }
run facts facts
run resources sh -c "head -n 1 $D/0000:01:00.0/resource; cat $D/0000:01:00.0/msi_irqs/* | wc -l"
run devices hyperion devices --json
run no-card hyperion examine
for a in 01:00.0 02:00.0 02:00.1 00:05.0 00:04.0; do run examine-$a hyperion examine --json $a; done
run not-root su nobody -s /bin/sh -c 'hyperion reset --hot 02:00.0'
run not-root-examine su nobody -s /bin/sh -c 'hyperion examine --json 01:00.0'
run flr-edu hyperion reset --flr 00:05.0
run hot-edu hyperion reset --hot 00:05.0
run flr-ivshmem hyperion reset --flr 02:00.0
exec 9</dev/nvme0
run in-use hyperion reset --flr 01:00.0
run users hyperion examine 01:00.0
exec 9<&-
run flr-nvme hyperion reset --flr --json 01:00.0
run method-afterwards cat $D/0000:01:00.0/reset_method
run nvme-works dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=4
run port-before port_errors
run hot-ivshmem hyperion reset --hot 02:00.1
run port-after port_errors
run facts-after-hot facts
run hot-nvme hyperion reset --hot --json 01:00.0
run facts-after-nvme facts
sleep 1
run nvme-works-again dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=4
echo 1 > $D/0000:02:00.1/remove
echo 1 > $D/0000:02:00.0/remove
run facts-removed facts
run gone hyperion examine 02:00.0
run hot-port hyperion reset --hot --json 00:04.0
run facts-rescanned facts
run log dmesg
echo "@@@ end"
poweroff -f
"""


def check(name, good, detail=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def skip_all(reason):
    print(f"ok 1 - a PCI bus in QEMU # SKIP {reason}\n1..1")
    sys.exit(0)


def find_kernel():
    """One for clouds is small and has all drivers that this needs inside."""
    kernels = [k for k in glob.glob("/boot/vmlinuz-*amd64") if os.access(k, os.R_OK)]
    cloud = [k for k in kernels if "cloud" in k]
    return sorted(cloud or kernels)[-1] if kernels else None


def make_initramfs(folder):
    root = os.path.join(folder, "root")
    for name in ("bin", "lib", "etc"):
        os.makedirs(os.path.join(root, name))
    os.symlink("lib", os.path.join(root, "lib64"))
    shutil.copy("/bin/busybox", os.path.join(root, "bin"))
    shutil.copy(HYPERION, os.path.join(root, "bin"))
    libraries = subprocess.run(["ldd", HYPERION], capture_output=True, text=True, check=True).stdout
    for path in re.findall(r"(/\S+) \(0x", libraries):
        shutil.copy(path, os.path.join(root, "lib", os.path.basename(path)))
    with open(os.path.join(root, "etc/passwd"), "w", encoding="ascii") as file:
        file.write("root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    with open(os.path.join(root, "init"), "w", encoding="ascii") as file:
        file.write(INIT)
    os.chmod(os.path.join(root, "init"), 0o755)
    image = os.path.join(folder, "initramfs")
    with open(image, "wb") as out:
        subprocess.run("find . | cpio -o -H newc --quiet | gzip -1", shell=True, cwd=root, stdout=out, check=True)
    return image


def boot(kernel, folder):
    disk = os.path.join(folder, "disk")
    with open(disk, "wb") as file:
        file.truncate(1 << 20)
    arguments = [
        "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", "256", "-nodefaults", "-no-reboot",
        "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", make_initramfs(folder),
        "-append", "console=ttyS0 panic=-1 loglevel=1 mitigations=off nokaslr",
        "-drive", f"id=disk,file={disk},if=none,format=raw",
        "-device", "pcie-root-port,id=one,chassis=1,slot=1,bus=pcie.0,addr=3",
        "-device", "nvme,drive=disk,serial=HYP1,bus=one",
        "-device", "pcie-root-port,id=two,chassis=2,slot=2,bus=pcie.0,addr=4,x-speed=8,x-width=16",
        "-object", "memory-backend-ram,id=shared,size=1M,share=on",
        "-device", "ivshmem-plain,memdev=shared,bus=two,addr=0.0,multifunction=on",
        "-device", "edu,bus=two,addr=0.1", "-device", "edu,bus=pcie.0,addr=5"]
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
        return done.stdout.decode(errors="replace").replace("\r", ""), done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace").replace("\r", ""), f"not done in {SECONDS} s"


def parse(text):
    """Name → (exit code, output)."""
    results = {}
    for name, output, code in re.findall(r"^@@@ (\S+)\n(.*?)@@@ = (\d+)$", text, re.S | re.M):
        results[name] = int(code), output
    return results


def read_facts(output):
    """Address → dict, of what the guest's kernel says."""
    facts = {}
    for line in output.splitlines():
        if match := re.match(r"(\S+) 0x(\w+) 0x(\w+) (\S*) ?(speed=.*)$", line):
            address, vendor, device, driver, rest = match.groups()
            pairs = dict(pair.split("=", 1) for pair in rest.split())
            facts[address] = {"id": f"{vendor}:{device}", "driver": driver if driver != "." else "", **pairs}
    return facts


def function_of(results, name):
    code, output = results[name]
    return code, json.loads(output.splitlines()[-1])


def check_discovery(results, facts):
    check("every device is there", {"0000:01:00.0", "0000:02:00.0", "0000:02:00.1", "0000:00:05.0"} <= set(facts), facts)
    check("no accelerator card, and what to do", results["no-card"][0] == 3 and "no accelerator card among the" in
          results["no-card"][1], results["no-card"])
    check("devices lists the CPU and no card", results["devices"][0] == 0 and "\"cpu\"" in results["devices"][1] and
          "\"card\"" not in results["devices"][1], results["devices"])
    for address in ("01:00.0", "02:00.0", "02:00.1", "00:05.0", "00:04.0"):
        _, report = function_of(results, "examine-" + address)
        function, fact = report["functions"][0], facts["0000:" + address]
        check(f"{address}: id and driver as the kernel has them",
              f"{function['vendor_id'][2:]}:{function['device_id'][2:]}" == fact["id"] and
              (function["driver"] or "") == fact["driver"], (function, fact))
        check(f"{address}: no finding without cause and remedy",
              all(f["cause"] and f["remedy"] for f in report["findings"]), report["findings"])
        link = function["link"]
        if link is None:
            check(f"{address}: no link where the kernel knows none", not fact["width"] or fact["width"] in ("0", "255"), fact)
        else:
            check(f"{address}: link as the kernel reads it", link["speed"].replace(" ", "_") + "_PCIe" == fact["speed"] and
                  str(link["width"]) == fact["width"] and link["max_speed"].replace(" ", "_") + "_PCIe" == fact["max_speed"]
                  and str(link["max_width"]) == fact["max_width"], (link, fact))


def check_capabilities(results):
    code, report = function_of(results, "examine-01:00.0")
    nvme = report["functions"][0]
    first, vectors = results["resources"][1].split("\n")[:2]
    start, end, _ = (int(n, 16) for n in first.split())
    check("nvme: BAR 0 as the kernel gave it out", nvme["bars"][0]["bytes"] == end - start + 1 and
          int(nvme["bars"][0]["address"], 16) == start and nvme["bars"][0]["is_64bit"], (nvme["bars"], first))
    check("nvme: MSI-X enabled by its driver", nvme["msix"]["enabled"] and nvme["msix"]["vectors"] >= int(vectors) > 0, nvme)
    check("nvme: the slot above is the first root port", nvme["slot"]["address"] == "0000:00:03.0", nvme["slot"])
    check("nvme: awake, nothing failed", nvme["power_state"] == "D0" and code == 0, report)
    _, report = function_of(results, "examine-02:00.1")
    check("a function behind the second port", report["functions"][0]["slot"]["address"] == "0000:00:04.0" and
          report["functions"][0]["slot"]["link"]["max_speed"] == "8.0 GT/s" and
          report["functions"][0]["slot"]["link"]["max_width"] == 16, report["functions"][0]["slot"])
    _, report = function_of(results, "not-root-examine")
    bad = [f["check"] for f in report["findings"] if f["verdict"] != "ok"]
    check("not root: the link is still told, and what is hidden", report["functions"][0]["link"] is not None and
          "config" in bad, report["findings"])


def check_function_resets(results):
    code, output = results["not-root"]
    check("a reset by another user is refused", code == 3 and "root" in output, output)
    for name in ("flr-edu", "flr-ivshmem"):
        code, output = results[name]
        check(f"{name}: cannot reset itself, and what to do", code == 3 and "with --hot" in output, output)
    code, output = results["hot-edu"]
    check("no port above it: told", code == 3 and "root complex" in output and "--flr" in output, output)
    code, output = results["in-use"]
    check("in use: names the process", code == 1 and re.search(r"in use by process \d+ \(\w+\), which has /dev/nvme0 open", output),
          output)
    code, output = results["users"]
    check("examine names it too", code == 0 and re.search(r"users +process \d+ \(\w+\) has /dev/nvme0 open", output), output)
    code, report = function_of(results, "flr-nvme")
    check("function level reset of nvme", code == 0 and report["ok"] and report["functions"] == ["0000:01:00.0"], report)
    check("the kernel's choice of methods is as before", results["method-afterwards"][1].split() == ["flr", "bus"],
          results["method-afterwards"])
    check("its driver goes on", results["nvme-works"][0] == 0, results["nvme-works"])


def check_hot_resets(results, facts):
    code, output = results["hot-ivshmem"]
    steps = [line for line in output.splitlines() if re.match(r"0000:\S+: ", line)]
    check("hot reset: errors masked first, siblings removed, bus reset, scan", code == 0 and steps == [
        "0000:00:04.0: fatal errors of the port masked", "0000:02:00.1: remove", "0000:02:00.0: remove",
        "0000:00:04.0: secondary bus reset", "0000:00:04.0: scan the bus behind it"], output)
    check("both functions are back", read_facts(results["facts-after-hot"][1]) == facts, results["facts-after-hot"][1])
    before, after = results["port-before"][1].strip(), results["port-after"][1].strip()
    check("the port's error registers are as before", before == after and len(before) > 500,
          [(hex(i), before[2 * i:2 * i + 2], after[2 * i:2 * i + 2]) for i in range(len(before) // 2)
           if before[2 * i:2 * i + 2] != after[2 * i:2 * i + 2]])
    code, report = function_of(results, "hot-nvme")
    check("hot reset of nvme", code == 0 and report["ok"] and report["kind"] == "hot", report)
    check("nvme is back with its driver", read_facts(results["facts-after-nvme"][1]) == facts, results["facts-after-nvme"][1])
    check("and works", results["nvme-works-again"][0] == 0, results["nvme-works-again"])
    removed = read_facts(results["facts-removed"][1])
    check("removed functions are gone", "0000:02:00.0" not in removed and "0000:02:00.1" not in removed, removed)
    code, output = results["gone"]
    check("a function that is gone: told, and how it comes back", code == 3 and "nothing is at PCI address" in output and
          "hyperion reset --hot" in output, output)
    code, report = function_of(results, "hot-port")
    check("a reset of the port brings them back", code == 0 and read_facts(results["facts-rescanned"][1]) == facts,
          (report, results["facts-rescanned"][1]))
    log = results["log"][1]
    check("the kernel saw no error", not re.search(r"AER: (?!enabled)|BUG:|Oops|WARNING:|Call Trace|refused to change|not ready", log),
          "\n".join(line for line in log.splitlines() if re.search("AER|BUG:|Oops|WARN|ready", line)))


def main():
    for program in ("qemu-system-x86_64", "cpio", "busybox", "ldd"):
        if not shutil.which(program):
            skip_all(f"{program} is not installed (scripts/deps.sh)")
    kernel = find_kernel()
    if not kernel:
        skip_all("no kernel image in /boot (scripts/deps.sh)")
    with tempfile.TemporaryDirectory() as folder:
        text, errors = boot(kernel, folder)
    results = parse(text)
    if "@@@ end" not in text:
        check("the guest ran to its end", False, errors + "\n" + text[-6000:])
        print(f"1..{count}")
        return
    facts = read_facts(results["facts"][1])
    check_discovery(results, facts)
    check_capabilities(results)
    check_function_resets(results)
    check_hot_resets(results, facts)
    print(f"1..{count}")


main()
