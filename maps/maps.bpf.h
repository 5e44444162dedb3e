/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of one pipeline, as BPF sees them. bpf/maps.bpf.c is loaded first and creates them with the sizes the
 * pipeline needs; every other object declares the same names and is given those maps.
 */
#ifndef MAPS_MAPS_BPF_H
#define MAPS_MAPS_BPF_H

#include <batchy/compiler.h>
#include <maps/cfg.h>
#include <maps/hot.h>
#include <maps/queue.h>
#include <maps/stats.h>

struct bty_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, BTY_MAX_ELEMENTS);
	__type(key, __u32);
	__type(value, __u32);
} bty_progs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BTY_MAX_ELEMENTS);
	__type(key, __u32);
	__type(value, struct bty_el_stats);
} bty_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bty_hot);
} bty_hot SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BTY_MAX_FLOWS);
	__type(key, __u32);
	__type(value, struct bty_flow_stats);
} bty_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bty_queue);
} bty_queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bty_worker);
} bty_workers SEC(".maps");

/* a map with timers cannot be mapped by user space, so they are apart from the control blocks */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bty_timer);
} bty_timers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bty_xsks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, BTY_MAX_DEVICES);
	__type(key, __u32);
	__type(value, __u32);
} bty_devs SEC(".maps");

/* IPv6 addresses, by number: see batchy/gateway.h */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BTY_MAX_GATEWAYS);
	__uint(key_size, 4);
	__uint(value_size, 16);
} bty_gateways SEC(".maps");

struct bty_wakeup_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* one ring per worker: what a worker sleeps on */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct bty_wakeup_ring);
} bty_wakeups SEC(".maps");

#endif
