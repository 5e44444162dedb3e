// SPDX-License-Identifier: GPL-2.0-or-later
// host.click, the default: count every packet and give it to the host.
FromDevice($IFACE) -> Counter -> ToHost;
