# Runs a packaging script with Vivado's commands replaced: each records its call and answers a handle that
# tells what it is about. At the end prints what the kernel was packaged with, a line a fact.
#   tclsh vitis_stub.tcl SCRIPT
set calls {}
set registers {}
array set property {}

proc unknown {command args} {
  lappend ::calls $command
  switch -- $command {
    ipx::add_register {
      set name [lindex $args end-1]
      lappend ::registers $name
      return register:$name
    }
    ipx::add_register_parameter {
      return [lindex $args end]:parameter
    }
    ipx::get_user_parameters - get_files {
      return {}
    }
    ipx::associate_bus_interfaces {
      puts "clocked [lindex $args 1]"
    }
    set_property {
      lassign $args key value handle
      set ::property($handle,$key) $value
    }
    package_xo {
      puts "package_xo $args"
    }
    default {
      # A name that is no command of Vivado's is a mistake in the script.
      if {![regexp {^(ipx::[a-z_]+|[a-z]+_[a-z_]+|current_fileset)$} $command]} {
        error "unknown command: $command"
      }
    }
  }
  return $command
}

set script [lindex $argv 0]
set argc 1
set argv {out.xo}
source $script
foreach name $registers {
  set busif {}
  catch {set busif $property(register:$name:parameter,value)}
  puts "register $name [expr {$property(register:$name,address_offset)}] $property(register:$name,size) $busif"
}
