// SPDX-License-Identifier: GPL-2.0-or-later
FromInput() -> CheckIP6Header() -> LoadBalanceThruput() -> LookupIP6Route() -> DecIP6HLIM() -> DropBroadcasts() -> ToOutput();
