// SPDX-License-Identifier: GPL-2.0-or-later
// place Queue@2 xdp+worker xsk
FromDevice($IFACE) -> Queue -> Counter -> ToHost;
Flow(f, PATH FromDevice@1 Queue@2 Counter@3 ToHost@4);
