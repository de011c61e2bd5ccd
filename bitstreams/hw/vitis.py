#!/usr/bin/env python3
"""Writes what Vitis needs to make an xclbin for a card out of the kernels:

    vitis.py --kernel hw/keccak/kernel.json:COUNT… --source NAME=FILE… [--memory DDR[0]] -o FOLDER

FOLDER/package_NAME.tcl   packages one kernel as NAME.xo (run by Vivado)
FOLDER/link.cfg           instances and the memory that each master reaches (read by v++)
FOLDER/build.sh           runs both: build.sh PLATFORM.xpfm

Registers, arguments and ports come from kernel.json, as those of the RTL and of the hw_emu xclbin do."""
import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "hw", "common", "tools"))
import kernelgen  # noqa: E402  (the one reader of kernel.json)

PACKAGE_HEAD = """\
# Packages the RTL kernel {name} {version} as an .xo:  vivado -mode batch -source {script} -tclargs OUTPUT.xo
if {{$argc != 1}} {{
  error "usage: -tclargs OUTPUT.xo"
}}
lassign $argv xo
set project [file join [pwd] {name}_project]
set package [file join [pwd] {name}_package]
create_project -force {name} $project
add_files -norecurse {{
{sources}
}}
set_property file_type SystemVerilog [get_files *.sv]
set_property top {name} [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir $package -vendor hyperion -library kernel -taxonomy /KernelIP -import_files -set_current false
ipx::unload_core [file join $package component.xml]
ipx::edit_ip_in_project -upgrade true -name {name}_edit -directory $project [file join $package component.xml]
set core [ipx::current_core]
set_property version {major}.{minor} $core
set_property core_revision {patch} $core
foreach parameter [ipx::get_user_parameters] {{
  ipx::remove_user_parameter [get_property NAME $parameter] $core
}}
"""

PACKAGE_REGISTERS = """\

# The control registers, and for each pointer the master that it travels on.
set block [ipx::add_address_block -quiet reg0 [ipx::add_memory_map -quiet s_axi_control $core]]
proc add_register {block name offset bits text} {
  set register [ipx::add_register -quiet $name $block]
  set_property description $text $register
  set_property address_offset $offset $register
  set_property size $bits $register
  return $register
}
"""

PACKAGE_TAIL = """\
set_property slave_memory_map_ref s_axi_control [ipx::get_bus_interfaces -of $core s_axi_control]

set_property xpm_libraries {{XPM_CDC XPM_MEMORY XPM_FIFO}} $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property supported_families {{ }} $core
set_property auto_family_support_level level_2 $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
close_project -delete
package_xo -force -xo_path $xo -kernel_name {name} -ip_directory $package -ctrl_protocol {protocol}
"""


def package_tcl(kernel, sources, script):
    version = kernel["version"].split(".")
    lines = [PACKAGE_HEAD.format(name=kernel["name"], version=kernel["version"], script=script, major=version[0],
                                 minor=version[1], patch=version[2],
                                 sources="\n".join(f"  {{{os.path.abspath(source)}}}" for source in sources))]
    for port in kernel["ports"]:
        lines.append(f"ipx::associate_bus_interfaces -busif {port['name']} -clock ap_clk $core\n")
    lines.append(PACKAGE_REGISTERS)
    for register in kernel["registers"]:
        lines.append(f"add_register $block {register['name'].upper()} {kernelgen.number(register['offset']):#05x} 32 "
                     f"{{{register['description']}}}\n")
    for argument in kernel["args"]:
        lines.append(f"set register [add_register $block {argument['name']} {kernelgen.number(argument['offset']):#05x} "
                     f"{8 * argument['size']} {{{argument['description']}}}]\n")
        if argument["kind"] == "global":
            lines.append("set_property value " + argument["port"] +
                         " [ipx::add_register_parameter -quiet ASSOCIATED_BUSIF $register]\n")
    lines.append(PACKAGE_TAIL.format(name=kernel["name"], protocol=kernel["control_protocol"]))
    return "".join(lines)


def instances(kernel, count):
    return [f"{kernel['name']}_{i + 1}" for i in range(count)]


def link_config(kernels, memory):
    lines = ["# Compute units and their memory, for v++ --link --config.", "[connectivity]"]
    for kernel, count in kernels:
        names = instances(kernel, count)
        lines.append(f"nk={kernel['name']}:{count}:{'.'.join(names)}")
        for port in kernel["ports"]:
            if port["mode"] == "master":
                bank = memory if port["memory_group"] == "all" else port["memory_group"]
                lines += [f"sp={name}.{port['name']}:{bank}" for name in names]
    return "\n".join(lines) + "\n"


BUILD_HEAD = """\
#!/bin/sh
# Makes linked.xclbin beside this script:  build.sh PLATFORM.xpfm
set -eu
platform=$1
cd "$(dirname "$0")"
"""


def build_script(kernels):
    lines = [BUILD_HEAD]
    for kernel, _ in kernels:
        lines.append(f"vivado -mode batch -notrace -source package_{kernel['name']}.tcl "
                     f"-tclargs {kernel['name']}.xo\n")
    objects = " ".join(f"{kernel['name']}.xo" for kernel, _ in kernels)
    lines.append(f"v++ --link --target hw --platform \"$platform\" --config link.cfg --save-temps \\\n"
                 f"    --output linked.xclbin {objects}\n")
    return "".join(lines)


def write(folder, name, text, executable=False):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if executable:
        os.chmod(path, 0o755)


def split_count(argument):
    path, separator, count = argument.rpartition(":")
    return (path, int(count)) if separator and count.isdigit() else (argument, 1)


def main():
    parser = argparse.ArgumentParser(description="Writes scripts for Vitis.")
    parser.add_argument("--kernel", action="append", required=True)
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("--memory", default="DDR[0]", help="bank or range of banks of a port that reaches all")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    try:
        kernels = [(kernelgen.load(path), count) for path, count in map(split_count, options.kernel)]
    except (kernelgen.SchemaError, KeyError, ValueError, OSError) as error:
        print(f"vitis.py: {error!r}", file=sys.stderr)
        return 1
    os.makedirs(options.output, exist_ok=True)
    for kernel, _ in kernels:
        sources = [s.partition("=")[2] for s in options.source if s.partition("=")[0] == kernel["name"]]
        script = f"package_{kernel['name']}.tcl"
        write(options.output, script, package_tcl(kernel, sources, script))
    write(options.output, "link.cfg", link_config(kernels, options.memory))
    write(options.output, "build.sh", build_script(kernels), executable=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
