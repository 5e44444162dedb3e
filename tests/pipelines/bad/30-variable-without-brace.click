// expect: 3:12: expected a variable as ${NAME}
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice(${IFACE) -> ToHost;
