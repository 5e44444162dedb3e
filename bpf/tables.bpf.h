/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared tables of an element, included by the programs of elements that have some; the agent makes the maps with their real
 * sizes and hands them in.
 */
#ifndef BPF_TABLES_BPF_H
#define BPF_TABLES_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 8);
} bty_table0 SEC(".maps"), bty_table1 SEC(".maps"), bty_table2 SEC(".maps"), bty_table3 SEC(".maps"),
	bty_table4 SEC(".maps"), bty_table5 SEC(".maps");

#endif
