// expect: 1:1: nothing in it: expected a pipeline, as FromDevice($IFACE) -> ToHost;
// SPDX-License-Identifier: GPL-2.0-or-later
// FromDevice($IFACE) -> ToHost;
