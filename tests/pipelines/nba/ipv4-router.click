// SPDX-License-Identifier: GPL-2.0-or-later
FromInput() -> DropBroadcasts() -> CheckIPHeader() -> LoadBalanceByWeight("from-env") -> IPlookup() -> DecIPTTL() -> ToOutput();
