// expect: 3:1: 'a_name_that_is_longer_than_any_name_may_...': expected a name of 31 characters at most
// SPDX-License-Identifier: GPL-2.0-or-later
a_name_that_is_longer_than_any_name_may_be :: FromDevice($IFACE);
