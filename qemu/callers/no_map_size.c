// SPDX-License-Identifier: GPL-2.0
/*
 * no_map_size COMMAND...: run it as on a kernel that has no PR_SET_MM_MAP_SIZE. A system call
 * filter fails that with EINVAL, here and in what the command starts.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The next instruction if a word of the call is @value, else the one that allows it. */
#define MUST_BE(word, value, left)							\
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, word)),	\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, left)

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		MUST_BE(nr, __NR_prctl, 5),
		MUST_BE(args[0], PR_SET_MM, 3),
		MUST_BE(args[1], PR_SET_MM_MAP_SIZE, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("no_map_size");
		return 125;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 126;
}
