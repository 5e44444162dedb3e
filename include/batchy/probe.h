/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash tables in rows that packets only read: a power of two of rows, an entry in one of the BTY_PROBES rows from where its key hashes to,
 * none behind an empty one. Lookups are the elements' own; user/element/probe.c finds the places.
 */
#ifndef BATCHY_PROBE_H
#define BATCHY_PROBE_H

#define BTY_PROBES 8

#endif
