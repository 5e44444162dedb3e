// expect: 3:32: output 2 of 't' (Tee) is not connected
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue -> t :: Tee(3) -> ToHost;
t[1] -> Discard;
