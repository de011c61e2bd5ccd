/* Included ahead of Verilator's runtime: where it would print, it calls this. */
#ifndef HYPERION_SIM_RTL_PRINTF_H
#define HYPERION_SIM_RTL_PRINTF_H

__attribute__((format(printf, 1, 2))) void sim_rtl_printf(const char *format, ...);

#define VL_PRINTF sim_rtl_printf
#define VL_USER_STOP
#define VL_USER_FATAL
#define VL_USER_FINISH
#define VL_USER_WARN

#endif
