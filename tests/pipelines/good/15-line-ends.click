// SPDX-License-Identifier: GPL-2.0-or-later
// carriage returns, and no line end at the end
FromDevice($IFACE) -> Queue(TRIGGER
8)	-> ToHost;