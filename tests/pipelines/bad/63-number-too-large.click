// expect: 3:29: Queue@2: TRIGGER '65537': expected 1 to 65536 (packets that release the batch)
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(TRIGGER 65537) -> ToHost;
