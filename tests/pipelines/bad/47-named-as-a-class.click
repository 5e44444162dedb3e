// expect: 3:1: 'Queue' is a class: expected another name for an element
// SPDX-License-Identifier: GPL-2.0-or-later
Queue :: Counter;
FromDevice($IFACE) -> Queue -> ToHost;
