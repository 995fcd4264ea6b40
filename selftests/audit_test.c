// SPDX-License-Identifier: GPL-2.0
/* The audit records of attempts to replace the executable: when there are, what they say. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "audit_fixture.h"
#include "overlay.h"
#include "policy.h"
#include "short_memory.h"

static const char *number(long long value)
{
	static char to[2][24];
	static unsigned int next;
	char *text = to[next++ % 2];

	snprintf(text, sizeof(to[0]), "%lld", value);
	return text;
}

/* The PATH record of a file, from item= on. */
static const char *file_text(int item, const char *path, const struct stat *st)
{
	static char text[2][1 << 14];
	char *to = text[item];

	snprintf(to, sizeof(text[0]),
		 "item=%d name=%s inode=%llu dev=%02x:%02x nametype=NORMAL", item,
		 audit_text(path), (unsigned long long)st->st_ino, major(st->st_dev),
		 minor(st->st_dev));
	return to;
}

static const char *behind_stamp(const char *record)
{
	const char *at = strstr(record, "): ");

	return at ? at + strlen("): ") : record;
}

/* The next audit event of this process names these files and this reason. */
#define EXPECT_AUDITED(old, old_st, new, new_st, why) do {			\
	struct audit_event event__ = read_audit_event(self->sock, getpid());	\
	const char *reason__ = (why), *old__ = (old), *new__ = (new);		\
										\
	ASSERT_TRUE(event__.complete) {						\
		TH_LOG("%s", event__.text);					\
	}									\
	EXPECT_EQ(0, event__.others);						\
	EXPECT_STREQ(reason__, audit_field(event__.text, "reason"));		\
	EXPECT_STREQ(strcmp(reason__, "none") ? "0" : "1",			\
		     audit_field(event__.text, "res"));				\
	EXPECT_STREQ("0", audit_field(event__.text, "lost"));			\
	EXPECT_STREQ(audit_text(kernel_path(old__)), audit_field(event__.text, "exe"));	\
	EXPECT_STREQ(file_text(0, kernel_path(old__), old_st),			\
		     behind_stamp(event__.file[0]));				\
	if (new__) {								\
		EXPECT_STREQ("2", audit_field(event__.text, "items"));		\
		EXPECT_STREQ(file_text(1, kernel_path(new__), new_st),		\
			     behind_stamp(event__.file[1]));			\
	} else {								\
		EXPECT_STREQ("1", audit_field(event__.text, "items"));		\
		EXPECT_STREQ("none", event__.file[1]);				\
	}									\
} while (0)

/* The same, with the executable of the test and the file of the fixture. */
#define EXPECT_FILE_AUDITED(why)						\
	EXPECT_AUDITED(room.program, &self->old, self->w.file, &self->new, why)

/* W2: a success, and the second attempt; both name the process and its users */
TEST_F(audit, success_and_refusal)
{
	const char *record;

	REQUIRE(NEED_RULES);
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_FILE_AUDITED("none");
	ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_AUDITED(self->w.file, &self->new, self->w.file, &self->new, "already-replaced");

	ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	record = read_record(self->sock, getpid());
	EXPECT_STREQ(number(getppid()), audit_field(record, "ppid"));
	EXPECT_STREQ("0", audit_field(record, "uid"));
	EXPECT_STREQ("0", audit_field(record, "gid"));
	EXPECT_STREQ("0", audit_field(record, "euid"));
	EXPECT_STREQ("0", audit_field(record, "egid"));
	EXPECT_STREQ(audit_text(comm()), audit_field(record, "comm"));
}

/* W2 M3: a success of PR_SET_MM_MAP by a user in a new user namespace */
TEST_F(audit, map)
{
	struct audit_event event;
	int status;
	pid_t pid;

	REQUIRE(NEED_USER_NAMESPACE);
	pid = start_child();
	if (!pid) {
		if (become_user())
			_exit(2);
		if (unshare(CLONE_NEWUSER))
			_exit(NO_NAMESPACE);
		_exit(-set_exe_by_map(self->w.fd));
	}
	status = wait_child(pid);
	if (status == NO_NAMESPACE << 8)
		SKIP(return, "users may make no user namespace");
	ASSERT_EQ(0, status);
	event = read_audit_event(self->sock, pid);
	EXPECT_STREQ("1", audit_field(event.text, "res"));
	EXPECT_STREQ("1000", audit_field(event.text, "uid"));
	EXPECT_STREQ("1000", audit_field(event.text, "egid"));
	EXPECT_STREQ(file_text(1, kernel_path(self->w.file), &self->new),
		     behind_stamp(event.file[1]));
}

/* W2 E1 E2 E3 E5: refusals of callers with the capability, by both sub-options */
TEST_F(audit, refusals)
{
	int dir = open(self->w.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), writer;
	struct stat st;

	ASSERT_EQ(0, fstat(dir, &st));
	ASSERT_EQ(-EBADF, set_exe(-1));
	EXPECT_AUDITED(room.program, &self->old, NULL, NULL, "not-open");
	ASSERT_EQ(-EBADF, set_exe_by_map(1000000));
	EXPECT_AUDITED(room.program, &self->old, NULL, NULL, "not-open");
	ASSERT_EQ(-EACCES, set_exe(dir));
	EXPECT_AUDITED(room.program, &self->old, self->w.dir, &st, "not-executable");
	writer = open(self->w.file, O_WRONLY | O_CLOEXEC);
	ASSERT_EQ(-EACCES, set_exe_by_map(self->w.fd));
	EXPECT_FILE_AUDITED("open-for-writing");
	close(writer);
	if (!is_on_overlayfs(room.program)) {
		ASSERT_NE(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE,
					   open("/proc/self/exe", O_RDONLY), 0));
		ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
		EXPECT_FILE_AUDITED("old-exe-mapped");
	}
}

/* W2 M5: a map that level 2 refuses */
TEST_F(audit, wrong_mapping)
{
	struct prctl_mm_map map;

	REQUIRE(NEED_LEVELS);
	read_map(&map);
	map.exe_fd = self->w.fd;
	/* It is read-only. */
	map.start_stack = (unsigned long)"";
	EXPECT_EQ(0, set_policy(2));
	EXPECT_EQ(-EINVAL, set_mm_map(&map));
	EXPECT_EQ(0, set_policy(1));
	EXPECT_FILE_AUDITED("wrong-mapping");
}

/* W2 G2 G3 G6 M2 M3 X1 X2: malformed calls and callers without the capability write none */
TEST_F(audit, no_record)
{
	struct prctl_mm_map map;

	read_map(&map);
	/* It does not ask for another executable. */
	ASSERT_EQ(0, set_mm_map(&map));

	map.exe_fd = self->w.fd;
	ASSERT_EQ(-EINVAL, set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 1, 0));
	ASSERT_EQ(-EINVAL, set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 0, 1));
	ASSERT_EQ(-EINVAL, set_mm4(PR_SET_MM_MAP, (unsigned long)&map, sizeof(map), 1));
	ASSERT_EQ(-EINVAL, set_mm4(PR_SET_MM_MAP, (unsigned long)&map, sizeof(map) + 1, 0));
	ASSERT_EQ(-EFAULT, set_mm4(PR_SET_MM_MAP, 1, sizeof(map), 0));
	map.auxv_size = 64;
	ASSERT_EQ(-EINVAL, set_mm_map(&map));
	map.auxv = (void *)1;
	ASSERT_EQ(-EFAULT, set_mm_map(&map));
	map.auxv_size = 1 << 16;
	ASSERT_EQ(-EINVAL, set_mm_map(&map));
	map.auxv_size = 0;
	map.arg_start = map.arg_end + 1;
	ASSERT_EQ(-EINVAL, set_mm_map(&map));

	ASSERT_EQ(0, only_caps(0));
	ASSERT_EQ(-EPERM, set_exe(self->w.fd));
	ASSERT_EQ(-EPERM, set_exe(-1));
	ASSERT_EQ(-EINVAL, set_mm_map(&map));
	ASSERT_EQ(-EPERM, set_exe_by_map(self->w.fd));
	ASSERT_EQ(0, only_caps(~0ULL));

	/* The next record belongs to the attempt after all these. */
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_FILE_AUDITED("none");
}

/* W2: with auditing off there is no record; the next one belongs to a later attempt */
TEST_F(audit, off)
{
	REQUIRE(NEED_AUDIT_SWITCH);
	ASSERT_EQ(0, set_auditing(0));
	ASSERT_EQ(-EBADF, set_exe(-1));
	ASSERT_EQ(0, set_auditing(1));
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_FILE_AUDITED("none");
}

/* W2: without memory the record lacks a name, or is lost; the result is the same */
TEST_F(audit, no_memory)
{
	unsigned int nth = 0, lacking = 0;
	bool failed = true;
	const char *record;

	REQUIRE(NEED_RULES | NEED_FAILURES);
	ASSERT_EQ(0, allow_failures());
	ASSERT_EQ(0, set_exe(self->w.fd));
	while (failed)
		EXPECT_EQ(-EBUSY, WITH_SHORT_MEMORY(++nth, failed, set_exe(self->w.fd)));
	/* The last one met no failure. */
	ASSERT_EQ(-EBADF, set_exe(-1));
	do {
		record = read_record(self->sock, getpid());
		ASSERT_STRNE("none", record);
		if (strstr(record, " exe=\"<no_memory>\""))
			lacking++;
	} while (strcmp("not-open", audit_field(record, "reason")));
	EXPECT_LE(1, lacking);
}

/* W2: hostile names, and names with a "=", are written in hexadecimal digits */
TEST_F(audit, hostile)
{
	static const char *const names[] = { HOSTILE_NAME, "res=0", "exe=x", "a b", "q\"" };
	char name[256], spare[256];
	const char *record;
	struct stat st;
	unsigned int i;
	pid_t pid;
	int fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", self->w.dir, names[i]);
		snprintf(spare, sizeof(spare), "%.15s", i ? names[i] : HOSTILE_COMM);
		fd = make_exe(name, 0755);
		ASSERT_EQ(0, fstat(fd, &st));
		pid = start_child();
		if (!pid)
			_exit(prctl(PR_SET_NAME, spare) || set_exe(fd) || set_exe(-1) != -EBADF);
		EXPECT_EQ(0, wait_child(pid));
		record = read_audit_event(self->sock, pid).file[1];
		EXPECT_STREQ(file_text(1, kernel_path(name), &st), behind_stamp(record));
		record = read_record(self->sock, pid);
		EXPECT_STREQ(audit_text(spare), audit_field(record, "comm"));
		EXPECT_STREQ(audit_text(kernel_path(name)), audit_field(record, "exe"));
		EXPECT_STREQ("not-open", audit_field(record, "reason"));
		EXPECT_TRUE(is_ascii(record));
		/* The audit tools search the whole record for these. */
		EXPECT_EQ(NULL, strstr(strstr(record, "res=") + 1, "res="));
		EXPECT_EQ(NULL, strstr(strstr(record, "exe=") + 1, "exe="));
	}
}

/* W2: long paths are complete, in hexadecimal digits as well */
TEST_F(audit, long_path)
{
	char name[PATH_MAX];
	struct stat st;
	int fd;

	REQUIRE(NEED_RULES);
	fd = make_deep(&self->w, '\1', name, 1790);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(0, set_exe(fd));
	EXPECT_AUDITED(room.program, &self->old, name, &st, "none");
	ASSERT_EQ(-EBUSY, set_exe(fd));
	EXPECT_AUDITED(name, &st, name, &st, "already-replaced");
}

/* W2: a path that is too long is marked as such */
TEST_F(audit, too_long)
{
	char name[PATH_MAX];
	struct stat st;
	int fd = make_deep(&self->w, 'x', name, 1793);

	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(0, set_exe(fd));
	EXPECT_AUDITED(room.program, &self->old, "<too_long>", &st, "none");
}

/* W2 E9: a memfd, and a deleted file */
TEST_F(audit, no_name)
{
	int fd = syscall(__NR_memfd_create, "program", 0);
	struct stat st;

	REQUIRE(NEED_RULES);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(0, set_exe(fd));
	EXPECT_AUDITED(room.program, &self->old, "/memfd:program (deleted)", &st, "none");
	ASSERT_EQ(0, unlink(self->w.file));
	ASSERT_EQ(0, fstat(self->w.fd, &self->new));
	snprintf(self->w.file + strlen(self->w.file), sizeof(" (deleted)"), " (deleted)");
	ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_AUDITED("/memfd:program (deleted)", &st, self->w.file, &self->new,
		       "already-replaced");
}

/* W2: a file that is bind-mounted over another one has its path, but its own inode */
TEST_F(audit, other_file_of_that_name)
{
	struct audit_event event;
	struct stat st;
	int got;

	REQUIRE(NEED_USER_NAMESPACE);
	got = replace_by_namesake(&self->w, &st);
	if (got == NO_NAMESPACE)
		SKIP(return, "users may make no user namespace");
	ASSERT_EQ(0, got);
	event = read_audit_event(self->sock, 0);
	EXPECT_STREQ(file_text(1, kernel_path(self->w.file), &st), behind_stamp(event.file[1]));
	EXPECT_NE(st.st_ino, self->new.st_ino);
}

/* W2: on overlayfs the record has the numbers that stat(2) shows */
TEST_F(audit, on_overlayfs)
{
	char copy[160], new[160];
	struct audit_event event;
	struct stat old_st, st;
	struct overlay overlay;

	REQUIRE(NEED_MOUNTS);
	ASSERT_TRUE(make_overlay(&overlay, self->w.dir, true));
	snprintf(copy, sizeof(copy), "%s/copy", overlay.lower);
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	if (!mount_overlay(&overlay))
		SKIP(return, "no overlayfs");
	snprintf(copy, sizeof(copy), "%s/copy", overlay.merged);
	snprintf(new, sizeof(new), "%s/new", overlay.merged);
	close(make_exe(new, 0755));
	ASSERT_EQ(0, stat(copy, &old_st));
	ASSERT_EQ(0, stat(new, &st));
	EXPECT_EQ(0, run_copy(copy, "replace", new));
	event = read_audit_event(self->sock, 0);
	EXPECT_STREQ(file_text(0, kernel_path(copy), &old_st), behind_stamp(event.file[0]));
	EXPECT_STREQ(file_text(1, kernel_path(new), &st), behind_stamp(event.file[1]));
	unmount_overlay(&overlay);
}

int main(int argc, char **argv)
{
	/* A copy of this program replaces its executable by that file. */
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return leave_exe() <= 0 || set_exe(open(argv[3], O_RDONLY | O_CLOEXEC));
	begin_tests(argv, CHANGES_AUDITING | CHANGES_FAILSLAB | CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
