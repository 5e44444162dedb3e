// SPDX-License-Identifier: GPL-2.0-or-later
// place FromDevice@1 xdp -
// place ToHost@2 xdp -
FromDevice($IFACE) -> ToHost;
