// expect: 3:23: 't' (Tee) cannot run in XDP, where 'FromDevice@1' leads to it: put a Queue before it
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> t :: Tee -> ToHost;
t[1] -> Discard;
