/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names in and out. Anyone can choose the bytes of a name, so all names are printed by
 * the functions here.
 */
#ifndef EXE_WATCH_TEXT_H
#define EXE_WATCH_TEXT_H

int put_escaped(const char *text, const char *also);
void put_json(const char *text);
void unescape(char *text);

#endif /* EXE_WATCH_TEXT_H */
