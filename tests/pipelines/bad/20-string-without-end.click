// expect: 3:12: string without end: expected '"' on the same line
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice("eth0) -> ToHost;
Flow(a, PATH "x");
