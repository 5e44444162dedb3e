/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds element classes by name; the list is include/batchy/elements.def. Any thread: everything is constant. */
#ifndef USER_ELEMENT_REGISTRY_H
#define USER_ELEMENT_REGISTRY_H

#include <batchy/class.h>

/* NULL-terminated, in the order of elements.def. */
extern const struct bty_class *const bty_classes[];

/* The class written `name` in a pipeline file, by its own name or its alias, or NULL. */
const struct bty_class *bty_class_find(const char *name);

/* `status --json` name of a drop reason; "unknown" past the end. */
const char *bty_drop_name(unsigned int reason);

#endif
