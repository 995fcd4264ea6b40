// SPDX-License-Identifier: GPL-2.0
/*
 * Files with several names, mounts or layers: which mappings are mappings of the old
 * executable.
 */
#include "harness.h"
#include "identity_fixture.h"

/* What a copy of this program exits with if it could not map what it was told to. */
#define NOT_MAPPED	103

/*
 * Run @copy of this program. It unmaps its executable, maps the file @other and tries to
 * replace the executable. Expect @error, or @error_at_0 at level 0, at each level that the
 * test can have. With "stay" for @other it does not unmap its executable.
 */
#define EXPECT_MAPPED(error, error_at_0, copy, other) do {			\
	const char *copy__ = (copy), *other__ = (other);			\
	int error_at_0__ = (error_at_0), level__;				\
										\
	for (level__ = 0; level__ <= LAST_LEVEL; level__++) {			\
		if (!has_level(level__))					\
			continue;						\
		ASSERT_EQ(0, enter_level(level__));				\
		EXPECT_EQ(level__ ? (error) : error_at_0__,			\
			  run_copy(copy__, other__, self->a)) {			\
			TH_LOG("level %d, %s", level__, other__);		\
		}								\
	}									\
	ASSERT_EQ(0, enter_level(first_level()));				\
} while (0)

/* E3 L0: the executable is mapped by another hard link; level 0 compares paths */
TEST_F(identity, hard_link)
{
	char copy[160], name[160];

	path_in(copy, self->dir, "copy");
	path_in(name, self->dir, "name");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_EQ(0, link(copy, name));
	EXPECT_MAPPED(EBUSY, EBUSY, copy, "stay");
	EXPECT_MAPPED(EBUSY, 0, copy, name);
	/* Another name that is not mapped does not count. */
	EXPECT_MAPPED(0, 0, copy, self->a);
	/* A copy of the file does not count. */
	ASSERT_EQ(0, unlink(name));
	ASSERT_TRUE(copy_file(copy, name));
	EXPECT_MAPPED(0, 0, copy, name);
}

/* E3 L0: the executable is mapped through a bind mount, also if that is noexec */
TEST_F(identity, bind_mount)
{
	char dir[160], copy[160], name[160], bound[160];

	REQUIRE(NEED_MOUNTS);
	path_in(dir, self->dir, "dir");
	path_in(bound, self->dir, "bound");
	path_in(copy, dir, "copy");
	path_in(name, bound, "copy");
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, mkdir(bound, 0755));
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_EQ(0, mount(dir, bound, NULL, MS_BIND, NULL));
	EXPECT_MAPPED(EBUSY, 0, copy, name);
	/* Such a mapping can never be made executable. */
	ASSERT_EQ(0, mount(NULL, bound, NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC, NULL));
	EXPECT_MAPPED(EBUSY, 0, copy, name);
	EXPECT_EQ(0, umount2(bound, MNT_DETACH));
}

/* E3: a file with the same inode number on another filesystem does not count */
TEST_F(identity, same_inode_number)
{
	char dir[2][160], copy[160], other[160];
	struct stat st[2];
	int i;

	REQUIRE(NEED_MOUNTS);
	for (i = 0; i < 2; i++) {
		path_in(dir[i], self->dir, i ? "second" : "first");
		ASSERT_EQ(0, mount_tmpfs(dir[i], 0));
	}
	path_in(copy, dir[0], "copy");
	path_in(other, dir[1], "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	ASSERT_TRUE(copy_file("/proc/self/exe", other));
	ASSERT_EQ(0, stat(copy, &st[0]));
	ASSERT_EQ(0, stat(other, &st[1]));
	ASSERT_EQ(st[0].st_ino, st[1].st_ino);
	EXPECT_MAPPED(0, 0, copy, other);
	EXPECT_EQ(0, umount2(dir[0], MNT_DETACH));
	EXPECT_EQ(0, umount2(dir[1], MNT_DETACH));
}

/*
 * Mount an overlayfs. Its lower layer has a copy of this program and another hard link of
 * it. Returns the paths of both on the overlayfs, and of the copy in the lower layer.
 * False if there is no overlayfs with @more options.
 */
static bool begin_overlay(struct overlay *overlay, const char *dir, char copy[160],
			  char name[160], char below[160], const char *more)
{
	path_in(copy, dir, "lower/copy");
	path_in(name, dir, "lower/name");
	if (!make_overlay(overlay, dir, false) || !copy_file("/proc/self/exe", copy) ||
	    link(copy, name) || !mount_overlay_with(overlay, more))
		return false;
	snprintf(below, 160, "%s", copy);
	path_in(copy, overlay->merged, "copy");
	path_in(name, overlay->merged, "name");
	return true;
}

/* E3 L0: on overlayfs, by another hard link of the file in the lower layer */
TEST_F(identity, overlay_names)
{
	char copy[160], name[160], below[160];

	REQUIRE(NEED_MOUNTS);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ""))
		SKIP(return, "no overlayfs");
	EXPECT_MAPPED(EBUSY, maps_layer_below(copy) ? 0 : EBUSY, copy, "stay");
	EXPECT_MAPPED(EBUSY, 0, copy, name);
	EXPECT_MAPPED(0, 0, copy, self->a);
}

/* E3 L0: the file of the lower layer, not through the overlayfs */
TEST_F(identity, overlay_below)
{
	char copy[160], name[160], below[160];

	REQUIRE(NEED_MOUNTS);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ""))
		SKIP(return, "no overlayfs");
	EXPECT_MAPPED(EBUSY, 0, copy, below);
	/* The executable is the file of the lower layer, and is mapped through the overlayfs. */
	EXPECT_MAPPED(EBUSY, 0, below, copy);
}

/* E3 L0: the executable was copied up; mappings from before that still count */
TEST_F(identity, overlay_copied_up)
{
	char copy[160], name[160], below[160], above[160];
	struct stat st;

	REQUIRE(NEED_MOUNTS);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ""))
		SKIP(return, "no overlayfs");
	/* "up": the program copies up its own executable and does not unmap it. */
	EXPECT_EQ(rules_hold() || !maps_layer_below(copy) ? EBUSY : 0,
		  run_copy(copy, "up", self->a));
	path_in(above, self->overlay.top, "upper/copy");
	ASSERT_EQ(0, stat(above, &st));
	EXPECT_MAPPED(EBUSY, maps_layer_below(copy) ? 0 : EBUSY, copy, "stay");
	EXPECT_MAPPED(EBUSY, 0, copy, above);
	/* The file in the lower layer is another file now. */
	EXPECT_MAPPED(0, 0, copy, name);
	EXPECT_MAPPED(0, 0, copy, below);
}

/* E3 L0: only the mode was copied up, and the data is still in the lower layer */
TEST_F(identity, overlay_mode_copied_up)
{
	char copy[160], name[160], below[160], above[160];
	struct stat st;

	REQUIRE(NEED_MOUNTS);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ",metacopy=on"))
		SKIP(return, "no overlayfs with metacopy");
	ASSERT_EQ(0, chmod(copy, 0700));
	path_in(above, self->overlay.top, "upper/copy");
	ASSERT_EQ(0, stat(above, &st));
	if (st.st_blocks)
		SKIP(return, "overlayfs needs extended attributes to copy up a mode alone");
	EXPECT_MAPPED(EBUSY, 0, copy, below);
	EXPECT_MAPPED(EBUSY, maps_layer_below(copy) ? 0 : EBUSY, copy, "stay");
	EXPECT_MAPPED(0, 0, copy, self->a);
}

/*
 * E3: the executable is the file of the lower layer, and is copied up while it is mapped
 * through the overlayfs. The path leads to the copy then, and the mapping does not.
 */
TEST_F(identity, overlay_below_copied_up)
{
	char copy[160], name[160], below[160], mapped[164];

	REQUIRE(NEED_MOUNTS | NEED_RULES);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ""))
		SKIP(return, "no overlayfs");
	snprintf(mapped, sizeof(mapped), "+%s", copy);
	EXPECT_EQ(EBUSY, run_copy(below, mapped, self->a));
	/* From now on a mapping through the overlayfs maps the copy. */
	EXPECT_MAPPED(0, 0, below, copy);
}

/*
 * E3: the executable was copied up and then got another name. It runs by the new name, and a
 * descriptor from before the copy has the old one.
 */
TEST_F(identity, overlay_linked_when_copied_up)
{
	char copy[160], name[160], below[160], mapped[16];
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_RULES);
	if (!begin_overlay(&self->overlay, self->dir, copy, name, below, ""))
		SKIP(return, "no overlayfs");
	fd = open(copy, O_RDONLY);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, chmod(copy, 0700));
	path_in(name, self->overlay.merged, "new");
	ASSERT_EQ(0, link(copy, name));
	snprintf(mapped, sizeof(mapped), "#%d", fd);
	EXPECT_EQ(EBUSY, run_copy(name, mapped, self->a));
	EXPECT_EQ(0, run_copy(name, self->a, self->a));
	close(fd);
}

/* E3 L0: a mapping that can be written to, and so differs from the file */
TEST_F(identity, writable_mapping)
{
	char copy[160];

	path_in(copy, self->dir, "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_MAPPED(EBUSY, maps_layer_below(copy) ? 0 : EBUSY, copy, "writable");
}

/* E3 L0: a mapping at address 0, below all that other programs may have */
TEST_F(identity, mapped_at_0)
{
	char copy[160];
	int result;

	path_in(copy, self->dir, "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	result = run_copy(copy, "at 0", self->a);
	if (result == NOT_MAPPED)
		SKIP(return, "nothing can be mapped at address 0");
	EXPECT_MAPPED(EBUSY, maps_layer_below(copy) ? 0 : EBUSY, copy, "at 0");
}

/* E3: mappings of other files at lower and higher addresses do not end the search */
TEST_F(identity, other_files_mapped)
{
	char copy[160];

	path_in(copy, self->dir, "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(EBUSY, run_copy(copy, "between", self->a));
}

/* W3: rename(2) changes what the link shows at any level; it is not a replacement */
TEST_F(identity, renamed)
{
	char copy[160];
	int level;

	path_in(copy, self->dir, "copy");
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(0, run_copy(copy, "rename", self->a));
	for (level = 0; level <= 2 && !why_not(NEED_LEVELS); level++) {
		ASSERT_EQ(0, set_policy(level));
		EXPECT_EQ(0, run_copy(copy, "rename", self->a));
	}
}

/* Map a page of the file somewhere, or at @at, and close it. */
static bool map_fd(int fd, void *at, int prot, int flags)
{
	void *page = mmap(at, PAGE, prot, MAP_PRIVATE | flags, fd, 0);

	close(fd);
	return page != MAP_FAILED;
}

static bool map_file(const char *name, void *at)
{
	return map_fd(open(name, O_RDONLY | O_CLOEXEC), at, PROT_READ, at ? MAP_FIXED : 0);
}

/* Map a page of @own between two mappings of @other. */
static bool map_between(const char *own, const char *other)
{
	char *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return pages != MAP_FAILED && map_file(other, pages) && map_file(own, pages + PAGE) &&
	       map_file(other, pages + 2 * PAGE);
}

/*
 * Map what the word says: a file, which a + before it lets copy up afterwards, a descriptor
 * behind a #, or the executable @own in some way.
 */
static bool map_as(const char *word, const char *own, const char *other)
{
	if (!strcmp(word, "between"))
		return map_between(own, other);
	if (!strcmp(word, "writable"))
		return map_fd(open(own, O_RDONLY), NULL, PROT_READ | PROT_WRITE, 0);
	if (!strcmp(word, "at 0"))
		return map_fd(open(own, O_RDONLY), NULL, PROT_READ, MAP_FIXED);
	if (word[0] == '#')
		return map_fd(atoi(word + 1), NULL, PROT_READ, 0);
	if (word[0] == '+')
		return map_file(word + 1, NULL) && !chmod(word + 1, 0700);
	return map_file(word, NULL);
}

/* Rename this executable and back: 0 if the link shows both, and status neither. */
static int rename_own(const char *own)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%.1000s.renamed", own);
	if (rename(own, name) || strcmp(exe_link(), name) || exe_replaced())
		return 104;
	return rename(name, own) || strcmp(exe_link(), own) || exe_replaced() ? 105 : 0;
}

/* What a copy of this program does. Returns the errno of its attempt, or more than 100. */
static int run_as(const char *word, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char own[PATH_MAX];

	snprintf(own, sizeof(own), "%s", exe_link());
	if (!strcmp(word, "up"))
		return chmod(own, 0700) ? 101 : -set_exe(fd);
	if (!strcmp(word, "rename"))
		return rename_own(own);
	if (!strcmp(word, "stay"))
		return -set_exe(fd);
	if (leave_exe() <= 0)
		return 102;
	if (!map_as(word, own, file))
		return NOT_MAPPED;
	return -set_exe(fd);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return run_as(argv[2], argv[3]);
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
