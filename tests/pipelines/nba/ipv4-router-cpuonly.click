// SPDX-License-Identifier: GPL-2.0-or-later
FromInput() -> DropBroadcasts() -> CheckIPHeader() -> CPUOnly() -> IPlookup() -> DecIPTTL() -> ToOutput();
