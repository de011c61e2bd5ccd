/* What a load needs where the operator asks for signed xclbins only. */
#ifndef HYPERION_BACKEND_XRT_SIGNATURE_H
#define HYPERION_BACKEND_XRT_SIGNATURE_H

#include "host/card-host/protocol.h"
#include "hyperion/device.h"

#define HYP_XRT_DEFAULT_KEY "/etc/hyperion/bitstream-key.pem"

/* Reads key and signature of `bitstream` into the load; the helper checks them. Leaves a load that
 * asks for none where the options do not. Returns 0, or HYP_EBITSTREAM with a sentence where one of
 * the files cannot be read. */
int hyp_xrt_read_signature(const hyp_device_options *options, const char *bitstream,
                           struct card_host_load *load, hyp_error *error);

#endif
