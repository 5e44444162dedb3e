/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on stderr as `PROGRAM: text`; levels after syslog. Any thread. */
#ifndef USER_LIB_LOG_H
#define USER_LIB_LOG_H

enum bty_log_level { BTY_LOG_ERROR, BTY_LOG_WARN, BTY_LOG_INFO, BTY_LOG_DEBUG };

/* Messages above this level are dropped; BTY_LOG_INFO at start, -v raises it. Set before threads start. */
extern enum bty_log_level bty_log_max;

void bty_log(enum bty_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sends libbpf's and libxdp's own messages here, one level lower than they say. */
void bty_log_init_libbpf(void);

#define bty_error(...) bty_log(BTY_LOG_ERROR, __VA_ARGS__)
#define bty_warn(...)  bty_log(BTY_LOG_WARN, __VA_ARGS__)
#define bty_info(...)  bty_log(BTY_LOG_INFO, __VA_ARGS__)
#define bty_debug(...) bty_log(BTY_LOG_DEBUG, __VA_ARGS__)

#endif
