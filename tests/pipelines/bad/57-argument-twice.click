// expect: 3:54: Queue@2: TRIGGER is given twice: expected it once
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(TRIGGER 8, DEADLINE 1ms, TRIGGER 9) -> ToHost;
