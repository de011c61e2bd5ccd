#!/usr/bin/env python3
"""Sysfs trees and lspci dumps of machines with accelerator cards, healthy and sick, written from the documented
formats: PCI Express Base Specification 4.0 chapter 7 (configuration space), PCI Local Bus Specification 3.0 appendix I
(VPD), Linux' Documentation/ABI/testing/sysfs-bus-pci and sysfs-bus-pci-devices-aer_stats, Documentation/hwmon.

    tests/pci/trees.py NAME DIR      writes the tree NAME into DIR
    tests/pci/trees.py --dump NAME   prints it as `lspci -xxxx` would

A machine is a list of Function; `write` makes a tree of it, `dump` a dump."""
import os
import struct
import sys

GT = {1: "2.5 GT/s PCIe", 2: "5.0 GT/s PCIe", 3: "8.0 GT/s PCIe", 4: "16.0 GT/s PCIe"}
COR = ["RxErr", "BadTLP", "BadDLLP", "Rollover", "Timeout", "NonFatalErr", "CorrIntErr", "HeaderOF"]
UNC = ["Undefined", "DLP", "SDES", "TLP", "FCP", "CmpltTO", "CmpltAbrt", "UnxCmplt", "RxOF", "MalfTLP", "ECRC", "UnsupReq"]

PM, MSIX, EXPRESS, AER = 0x40, 0x60, 0x70, 0x100  # where the capabilities lie


def config_space(f):
    """4,096 bytes: header, then power management, MSI-X, PCI Express and AER."""
    c = bytearray(4096)

    def put(at, form, *values):
        struct.pack_into("<" + form, c, at, *values)

    put(0, "HHHH", f.vendor, f.device, f.command, 0x0010)
    put(8, "I", f.class_code << 16)
    c[0x0E] = 1 if f.secondary is not None else 0x80 if f.multifunction else 0
    if f.secondary is not None:
        c[0x18:0x1B] = bytes([f.bus, f.secondary, f.secondary])
    else:
        for i, (address, _, flags) in enumerate(f.bars):
            put(0x10 + 8 * i, "Q", address | (flags & 0xF))
        put(0x2C, "HH", f.vendor, 0x000E)
    c[0x34] = PM
    put(PM, "BBHH", 0x01, MSIX, 0x0003, f.power)
    put(MSIX, "BBHII", 0x11, EXPRESS, (0x8000 if f.msix_enabled else 0) | (f.vectors - 1), 0x8000, 0x8FE0)
    kind = 4 if f.secondary is not None else 0
    put(EXPRESS, "BBHI", 0x10, 0, kind << 4 | 2, 1 << 28 if f.flr else 0)
    put(EXPRESS + 0x0C, "I", f.max_width << 4 | f.max_speed)
    put(EXPRESS + 0x12, "H", f.width << 4 | f.speed)
    put(AER, "I", 1 << 16 | 0x0001)
    put(AER + 4, "I", f.uncorrectable_status)
    put(AER + 16, "I", f.correctable_status)
    return bytes(c)


def vpd(product, fields):
    """A product name, then read-only fields of two letters, then the end tag."""
    read_only = b"".join(k.encode() + bytes([len(v)]) + v.encode() for k, v in fields)
    read_only += b"RV\x01\x00"
    return (b"\x82" + struct.pack("<H", len(product)) + product.encode() +
            b"\x90" + struct.pack("<H", len(read_only)) + read_only + b"\x78")


def counters(names, total, counts):
    return "".join(f"{n} {counts.get(n, 0)}\n" for n in names) + f"{total} {sum(counts.values())}\n"


class Function:
    def __init__(self, address, vendor, device, class_code, **changes):
        self.address, self.vendor, self.device, self.class_code = address, vendor, device, class_code
        self.bus = int(address.split(":")[1], 16)
        self.secondary, self.multifunction = None, False
        self.command, self.power, self.msix_enabled, self.vectors, self.flr = 0x0006, 0, True, 33, False
        self.speed, self.width, self.max_speed, self.max_width = 3, 16, 3, 16
        self.bars = []
        self.driver, self.numa, self.iommu = None, 0, None
        self.correctable, self.nonfatal, self.fatal = {}, {}, {}
        self.uncorrectable_status = self.correctable_status = 0
        self.config_bytes, self.vanished = 4096, False
        self.vpd, self.sensors, self.files, self.unreadable = None, {}, {}, []
        for name, value in changes.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    def attributes(self):
        """The text files of the function."""
        width = self.width if self.width else 0
        states = ["D0", "D1", "D2", "D3hot"]
        bars = [(a, a + n - 1, f) if a or n else (0, 0, 0) for a, n, f in self.bars]
        rows = []
        for row in bars:
            rows += [row, (0, 0, 0)]  # each is of 64 bits and takes two places
        rows = (rows + [(0, 0, 0)] * 13)[:13]
        files = {
            "vendor": f"0x{self.vendor:04x}\n", "device": f"0x{self.device:04x}\n", "class": f"0x{self.class_code:04x}00\n",
            "resource": "".join("0x%016x 0x%016x 0x%016x\n" % row for row in rows),
            "numa_node": f"{self.numa}\n", "power_state": states[self.power] + "\n",
            "current_link_speed": GT.get(self.speed, "Unknown") + "\n", "current_link_width": f"{width}\n",
            "max_link_speed": GT[self.max_speed] + "\n", "max_link_width": f"{self.max_width}\n",
            "aer_dev_correctable": counters(COR, "TOTAL_ERR_COR", self.correctable),
            "aer_dev_nonfatal": counters(UNC, "TOTAL_ERR_NONFATAL", self.nonfatal),
            "aer_dev_fatal": counters(UNC, "TOTAL_ERR_FATAL", self.fatal),
        }
        if self.flr:
            files["reset_method"] = "flr bus\n"
        for name, text in self.sensors.items():
            files["hwmon/hwmon3/" + name] = f"{text}\n"
        files.update(self.files)
        return files


def port(address, secondary, **changes):
    return Function(address, 0x8086, 0x347A, 0x0604, secondary=secondary, driver="pcieport", vectors=1, **changes)


SENSORS = {
    "name": "xocl", "temp1_label": "FPGA", "temp1_input": 54000, "temp1_max": 97000, "temp1_crit": 107000,
    "temp2_label": "HBM", "temp2_input": 51000, "temp2_crit": 105000, "power1_label": "card", "power1_input": 41250000,
    "power1_max": 150000000, "in1_label": "VCCINT", "in1_input": 851, "in1_min": 800, "in1_max": 900,
    "in2_label": "12V PEX", "in2_input": 12080, "in2_min": 11000, "in2_max": 13000,
    "curr1_label": "VCCINT", "curr1_input": 22100, "curr1_max": 100000,
}


def card(bus, management_id, user_id, platform, part, serial, management=None, user=None, sensors=None, **both):
    """The two functions of a card, each with changes of its own."""
    xrt = {"rom.u.8388608/VBNV": platform + "\n", "interface_uuids": "862c7020a250293e32036f19956669e5\n", "ready": "1\n",
           "xclbinuuid": "0" * 32 + "\n"}
    high = 0x38FFF0000000 + (bus << 28)
    common = {"multifunction": True, "iommu": bus & 0x3F, "vpd": vpd("ALVEO ACCELERATOR", [("PN", part), ("SN", serial)]), **both}
    changed = {"driver": "xclmgmt", "sensors": {**SENSORS, **(sensors or {})}, "bars": [(high, 32 << 20, 0x14220C),
               (high + (64 << 20), 128 << 10, 0x14220C)], **common, **(management or {})}
    first = Function(f"0000:{bus:02x}:00.0", 0x10EE, management_id, 0x1200, **changed)
    changed = {"driver": "xocl", "flr": True, "vectors": 8, "bars": [(high + (128 << 20), 64 << 20, 0x14220C),
               (high + (192 << 20), 256 << 10, 0x14220C)], **common, **(user or {})}
    changed["files"] = {**xrt, **changed.get("files", {})}
    return [first, Function(f"0000:{bus:02x}:00.1", 0x10EE, user_id, 0x1200, **changed)]


def u55c(bus=0x65, **changes):
    return card(bus, 0x505C, 0x505D, "xilinx_u55c_gen3x16_xdma_base_3", "A-U55C-P00G-PQ-G", "XFL1ABCDE0%02X" % bus, **changes)


def u250(bus=0x65, **changes):
    return card(bus, 0x5004, 0x5005, "xilinx_u250_gen3x16_xdma_shell_4_1", "A-U250-P64G-PQ-G", "2130ABCD%02X" % bus, **changes)


OTHERS = [Function("0000:00:00.0", 0x8086, 0x09A2, 0x0600, command=0, numa=0),
          Function("0000:00:1f.4", 0x8086, 0x1BC9, 0x0C05, numa=0)]


def one(functions, **slot):
    return OTHERS + [port("0000:64:00.0", 0x65, **slot)] + functions


GOLDEN = Function("0000:65:00.0", 0x10EE, 0xD020, 0x1200, bars=[(0xD2000000, 32 << 20, 0x14220C)], iommu=1)

MACHINES = {
    "healthy-u55c": one(u55c()),
    "healthy-u250": one(u250()),
    "two-cards": OTHERS + [port("0000:64:00.0", 0x65), port("0000:b2:00.0", 0xB3, numa=1)] + u55c() + u250(0xB3, numa=1),
    "downgraded": one(u55c(speed=1, width=8)),
    "link-down": one(u55c(speed=0, width=0)),
    "narrow-slot": one(u55c(width=8), max_width=8, width=8),
    "aer-storm": one(u55c(user={"correctable": {"BadTLP": 120345, "RxErr": 17}})),
    "aer-some": one(u55c(user={"correctable": {"BadDLLP": 250}, "nonfatal": {"CmpltTO": 3}})),
    "aer-fatal": one(u55c(user={"fatal": {"MalfTLP": 2}})),
    "over-temperature": one(u55c(sensors={"temp1_input": 108500})),
    "hot": one(u55c(sensors={"temp1_input": 99000})),
    "low-voltage": one(u55c(sensors={"in1_input": 640})),
    "power-high": one(u55c(sensors={"power1_input": 171000000})),
    "broken-sensors": one(u55c(sensors={"temp1_input": 4294967295, "in1_input": "n/a", "fan1_input": 0, "fan1_fault": 1})),
    "driver-unbound": one(u55c(user={"driver": None, "msix_enabled": False, "command": 0})),
    "other-driver": one(u55c(user={"driver": "uio_pci_generic"})),
    "passed-through": one(u55c(user={"driver": "vfio-pci"})),
    "user-missing": one(u55c()[:1]),
    "management-missing": one(u55c()[1:]),
    "golden": one([GOLDEN]),
    "vanished": one(u55c(vanished=True)),
    "not-root": one(u55c(config_bytes=64, vpd=None)),
    "no-config": one(u55c(user={"config_bytes": 0})),
    "asleep": one(u55c(user={"power": 3})),
    "bar-unassigned": one(u55c(user={"bars": [(0, 64 << 20, 0x14220C)]})),
    "switched-off": one(u55c(user={"command": 0x0002})),
    "no-interrupts": one(u55c(user={"msix_enabled": False})),
    "offline": one(u55c(user={"files": {"dev_offline": "1\n"}})),
    "no-platform": one(u55c(user={"files": {"rom.u.8388608/VBNV": None, "interface_uuids": None}})),
    "unreadable": one(u55c(user={"unreadable": ["aer_dev_fatal", "power_state"], "vpd": b"\x82\xff\xff"})),
    "no-cards": OTHERS,
    "many": [Function(f"0000:{i // 8:02x}:{i % 8:02x}.0", 0x8086, 0x1000 + i, 0x0200) for i in range(64)],
}
# Every fault at once, spread over five cards: what `hyperion examine` is for.
MACHINES["sick-tree"] = (
    OTHERS + [port("0000:10:00.0", 0x11), port("0000:20:00.0", 0x21), port("0000:30:00.0", 0x31, max_width=8, width=8),
              port("0000:40:00.0", 0x41), port("0000:50:00.0", 0x51)] +
    u55c(0x11, speed=1, width=8, user={"correctable": {"BadTLP": 120345}}) +
    u55c(0x21, sensors={"temp1_input": 108500, "in1_input": 640, "temp2_input": 4294967295},
         user={"driver": None, "msix_enabled": False, "command": 0}) +
    u250(0x31, width=8, user={"fatal": {"MalfTLP": 2}, "power": 3})[1:] +
    u250(0x41, vanished=True) +
    u55c(0x51)[:1])


def write_function(f, folder):
    os.makedirs(folder)
    for name, content in f.attributes().items():
        if content is None:
            continue
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
    # Not even root can read a folder as a file.
    for name in f.unreadable:
        os.remove(os.path.join(folder, name))
        os.mkdir(os.path.join(folder, name))
        open(os.path.join(folder, name, "is-a-folder"), "w", encoding="ascii").close()
    config = b"\xff" * 4096 if f.vanished else config_space(f)
    if f.config_bytes:
        with open(os.path.join(folder, "config"), "wb") as file:
            file.write(config[:f.config_bytes].rstrip(b"\0") if f.config_bytes == 4096 else config[:f.config_bytes])
            file.truncate(f.config_bytes)
    if f.vpd is not None:
        with open(os.path.join(folder, "vpd"), "wb") as file:
            file.write(f.vpd)
    if f.driver:
        os.symlink(f"../../drivers/{f.driver}", os.path.join(folder, "driver"))
    if f.iommu is not None:
        os.symlink(f"../../../../kernel/iommu_groups/{f.iommu}", os.path.join(folder, "iommu_group"))


def write(name, folder):
    for f in MACHINES[name]:
        write_function(f, os.path.join(folder, "bus/pci/devices", f.address))


def dump(name):
    lines = []
    for f in MACHINES[name]:
        config = b"\xff" * 4096 if f.vanished else config_space(f)
        lines.append(f"{f.address} {f.class_code:04x}: {f.vendor:04x}:{f.device:04x}")
        for at in range(0, f.config_bytes, 16):
            lines.append(f"{at:02x}: " + " ".join(f"{b:02x}" for b in config[at:at + 16]))
        lines.append("")
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--dump":
        sys.stdout.write(dump(sys.argv[2]))
    else:
        write(sys.argv[1], sys.argv[2])


if __name__ == "__main__":
    main()
