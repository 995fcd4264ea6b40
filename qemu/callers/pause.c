// SPDX-License-Identifier: GPL-2.0
/* pause: wait to be killed. Linked statically, at a fixed address. */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
