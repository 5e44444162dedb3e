// expect: 3:32: Queue@2: TRIGGER is given twice: expected it once
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(8, TRIGGER 9) -> ToHost;
