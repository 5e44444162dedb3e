// SPDX-License-Identifier: GPL-2.0-only
/* No program: creates the maps of a pipeline. Loaded first by user/load. */
#include <maps/maps.bpf.h>

char LICENSE[] SEC("license") = "GPL";
