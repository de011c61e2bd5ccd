#!/usr/bin/env python3
"""Reads a container with struct and zipfile alone, and compares it with what `hyperion bitstream inspect`
says of it and with a golden file.

    tests/driver/container_check.py HYPERION FILE GOLDEN

In the golden file what depends on the version of zlib (uuid, length, offsets, sizes) is left out."""
import hashlib
import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib

SECTION_HEADER = struct.Struct("<I16s4xQQ")
HEADER = struct.Struct("<8si28s256sQQQQHBBHH16s64s16s16sI4x")
UUID_OFFSET = 416


def text(field):
    return field.split(b"\0", 1)[0].decode()


def read_container(data):
    (magic, signature, reserved, _, _, length, time, _, _, major, _, mode, _, _, platform, uuid, _,
     count) = HEADER.unpack_from(data)
    assert HEADER.size == 456 and magic == b"xclbin2\0" and signature == -1
    assert reserved == b"\xff" * 28 and length == len(data) and time == 0 and major == 2
    sections = {}
    end = HEADER.size + count * SECTION_HEADER.size
    for i in range(count):
        kind, _, offset, size = SECTION_HEADER.unpack_from(data, HEADER.size + i * SECTION_HEADER.size)
        assert offset % 8 == 0 and offset >= end, "sections lie one behind the other"
        assert data[end:offset].strip(b"\0") == b"", "padding is zero"
        end = offset + size
        sections[kind] = data[offset:end]
    assert end == len(data)
    return mode, text(platform), uuid, sections


def check_uuid(data, uuid):
    content = data[:UUID_OFFSET] + bytes(16) + data[UUID_OFFSET + 16:]
    digest = bytearray(hashlib.sha256(content).digest()[:16])
    digest[6] = 0x80 | digest[6] & 0x0f
    digest[8] = 0x80 | digest[8] & 0x3f
    assert bytes(digest) == uuid, "uuid is that of the content"
    return "-".join(uuid.hex()[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))


def check_payload(payload):
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        assert archive.testzip() is None
        entries = {i.filename: i for i in archive.infolist()}
    assert list(entries) == ["behav_waveform/xsim/simulate.sh", "behav_waveform/xsim/hyperion-sim-card"]
    for entry in entries.values():
        assert entry.external_attr >> 16 == 0o100755 and entry.date_time == (1980, 1, 1, 0, 0, 0)


def check_manifest(manifest, sections):
    described = {s["kind"]: s for s in manifest["sections"]}
    assert set(described) == set(sections) - {16}
    for kind, section in described.items():
        data = sections[kind]
        assert section["size"] == len(data)
        assert section["crc32"] == f"0x{zlib.crc32(data):08x}"
        assert section["sha256"] == "0x" + hashlib.sha256(data).hexdigest()


def tables(sections):
    (memories,) = struct.unpack_from("<i", sections[6])
    memory = [struct.unpack_from("<BB6xQQ16s", sections[6], 8 + 40 * i) for i in range(memories)]
    (ips,) = struct.unpack_from("<i", sections[8])
    ip = [struct.unpack_from("<IIQ64s", sections[8], 8 + 80 * i) for i in range(ips)]
    (links,) = struct.unpack_from("<i", sections[7])
    link = [struct.unpack_from("<iii", sections[7], 4 + 12 * i) for i in range(links)]
    assert sections[26] == sections[6] and sections[27] == sections[7]
    return memory, ip, link


def check_tables(inspected, sections):
    memory, ip, link = tables(sections)
    assert [(m["tag"], m["base"], m["kbytes"], m["used"]) for m in inspected["memories"]] == [
        (text(tag), hex(base), kbytes, bool(used)) for _, used, kbytes, base, tag in memory]
    assert [(u["kernel"] + ":" + u["instance"], u["base"]) for u in inspected["units"]] == [
        (text(name), hex(base)) for _, _, base, name in ip]
    for index, unit in enumerate(inspected["units"]):
        assert [(c["argument"], c["memory"]) for c in unit["connections"]] == [
            (argument, text(memory[bank][4])) for argument, owner, bank in link if owner == index]


def without_sizes(inspected):
    stable = {k: v for k, v in inspected.items() if k not in ("file", "uuid", "length")}
    stable["sections"] = [{k: s[k] for k in ("kind", "name")} for s in inspected["sections"]]
    return stable


def main():
    hyperion, path, golden = sys.argv[1:]
    with open(path, "rb") as file:
        data = file.read()
    inspected = json.loads(subprocess.run([hyperion, "bitstream", "inspect", "--json", path],
                                          check=True, stdout=subprocess.PIPE).stdout)
    mode, platform, uuid, sections = read_container(data)
    assert mode == 4 and inspected["target"] == "hw_emu"
    assert inspected["platform"] == platform and inspected["length"] == len(data)
    assert inspected["uuid"] == check_uuid(data, uuid)
    assert [(s["kind"], s["size"], s["crc32"], s["sha256"]) for s in inspected["sections"]] == [
        (kind, len(content), f"0x{zlib.crc32(content):08x}", "0x" + hashlib.sha256(content).hexdigest())
        for kind, content in sections.items()]
    check_payload(sections[0])
    check_manifest(json.loads(sections[16]), sections)
    check_tables(inspected, sections)
    with open(golden, encoding="utf-8") as file:
        expected = json.load(file)
    assert without_sizes(inspected) == expected, json.dumps(without_sizes(inspected), indent=2)


if __name__ == "__main__":
    main()
