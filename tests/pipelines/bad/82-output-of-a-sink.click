// expect: 3:23: 'ToHost@2' (ToHost) has no output: expected the chain to end there
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost -> Discard;
