// expect: 3:32: 'ARPQuerier@3': output 0 does not lead to a ToDevice at once, so it needs a MAC argument
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue -> ARPQuerier(192.0.2.1) -> Counter -> ToDevice($IFACE);
