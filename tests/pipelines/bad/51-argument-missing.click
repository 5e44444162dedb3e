// expect: 3:1: FromDevice@1: argument missing: expected DEVNAME (network device)
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice -> ToHost;
