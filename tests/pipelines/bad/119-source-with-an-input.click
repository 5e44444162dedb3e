// expect: 3:23: 's' (InfiniteSource) has no input
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> s :: InfiniteSource -> ToHost;
