// expect: 3:15: $NUMBER has no value: expected --set NUMBER=VALUE
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice(eth${NUMBER}) -> ToHost;
