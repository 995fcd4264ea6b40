/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses at which programs can put what they like: nothing else is there. A 64-bit kernel
 * puts a heap up to 1 GiB behind its program, and what mmap(2) chooses is far above this.
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#if __SIZEOF_LONG__ == 8
#define FREE_ADDRESSES	0x800000000UL
#else
#define FREE_ADDRESSES	0x20000000UL
#endif

#endif
