// SPDX-License-Identifier: GPL-2.0
/* one_segment: wait to be killed. Linked with ld -N, for which the C library is not made. */
#include <sys/syscall.h>

void _start(void)
{
	for (;;)
		__asm__ volatile ("syscall" : : "a" (SYS_pause) : "rcx", "r11", "memory");
}
