// expect: 3:29: Queue@2: unknown argument 'COLOUR': expected one of TRIGGER, DEADLINE, CAPACITY
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(COLOUR blue) -> ToHost;
