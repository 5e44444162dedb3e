// expect: 3:29: Queue@2: TRIGGER: expected a value: packets that release the batch
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(TRIGGER) -> ToHost;
