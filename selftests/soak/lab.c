// SPDX-License-Identifier: GPL-2.0
/* The files, descriptors and memory that sequences work with. */
#include "soak.h"
#include "../areas.h"
#include "../exe_files.h"

/* Descriptors have fixed numbers; this one is never open. */
#define FIRST_FD	100
#define CLOSED_FD	999

static unsigned int lab_number;

struct lab *lab;

const char *file_name(unsigned int file, unsigned int name)
{
	static const char *const names[NAMES] = { "file", "link", "bind" };
	static char path[160];

	if (file == PROGRAM && name == OWN_NAME)
		return lab->program;
	if (file == MEMFD)
		return "/memfd:soak (deleted)";
	snprintf(path, sizeof(path), "%s/%s%u", lab->dir, names[name], file);
	return path;
}

static bool add_entry(int kind, int fd, unsigned int file, unsigned int name)
{
	struct entry *entry = &lab->entry[lab->entries];

	if (fd < 0 || lab->entries == ENTRIES_MAX)
		return false;
	*entry = (struct entry) {
		kind, FIRST_FD + lab_number * ENTRIES_MAX + lab->entries++, file, name
	};
	if (dup2(fd, entry->fd) < 0)
		return false;
	close(fd);
	return true;
}

/* The program has a second name too, so that it can be mapped by that. */
static bool name_program(void)
{
	close(make_file(file_name(PROGRAM, BIND_MOUNT), 0755));
	return !mount(lab->program, file_name(PROGRAM, BIND_MOUNT), NULL, MS_BIND, NULL) &&
	       add_entry(GOOD, open(lab->program, O_RDONLY), PROGRAM, OWN_NAME) &&
	       add_entry(GOOD, open(file_name(PROGRAM, BIND_MOUNT), O_RDONLY), PROGRAM,
			 BIND_MOUNT);
}

static bool make_executable(unsigned int file)
{
	char path[160];
	unsigned int name;

	snprintf(path, sizeof(path), "%s", file_name(file, OWN_NAME));
	if (file == COPY || file == OTHER_COPY) {
		if (!copy_file("/proc/self/exe", path))
			return false;
	} else {
		close(make_exe(path, 0755));
	}
	/* Two pages can be mapped. */
	if (file != COPY && file != OTHER_COPY && truncate(path, 2 * PAGE))
		return false;
	if (link(path, file_name(file, HARD_LINK)))
		return false;
	close(make_file(file_name(file, BIND_MOUNT), 0755));
	if (mount(path, file_name(file, BIND_MOUNT), NULL, MS_BIND, NULL))
		return false;
	for (name = 0; name < NAMES; name++) {
		if (!add_entry(GOOD, open(file_name(file, name), O_RDONLY), file, name))
			return false;
	}
	return true;
}

static int make_memfd(void)
{
	/* MFD_EXEC, which 6.1 does not have. */
	int fd = syscall(__NR_memfd_create, "soak", 0x10);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(__NR_memfd_create, "soak", 0);
	return ftruncate(fd, 2 * PAGE) ? -1 : fd;
}

static bool make_others(void)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/plain", lab->dir);
	if (!add_entry(NOT_EXECUTABLE, make_exe(path, 0644), 0, 0) ||
	    !add_entry(NOT_EXECUTABLE, open(lab->dir, O_RDONLY), 0, 0) ||
	    !add_entry(NOT_OPEN, open(file_name(SMALL, OWN_NAME), O_PATH), 0, 0))
		return false;
	lab->entry[lab->entries++] = (struct entry) { NOT_OPEN, CLOSED_FD };
	snprintf(path, sizeof(path), "%s/noexec", lab->dir);
	if (mount_tmpfs(path, MS_NOEXEC))
		return false;
	strcat(path, "/file");
	return add_entry(NOT_EXECUTABLE, make_exe(path, 0755), 0, 0);
}

void set_edge(void)
{
	mmap((void *)EDGE, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap((void *)(EDGE + PAGE), PAGE, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset((void *)EDGE, 1, PAGE);
}

static void find_sizes(void)
{
	static const unsigned char zeros[VECTOR_MAX];
	char text[32];

	lab->word = kernel_is_64_bit() ? 8 : 4;
	for (lab->vector_size = VECTOR_MAX; lab->vector_size; lab->vector_size -= lab->word) {
		if (!set_mm4(PR_SET_MM_AUXV, (unsigned long)zeros, lab->vector_size, 0))
			break;
	}
	read_file("/proc/sys/vm/mmap_min_addr", text, sizeof(text) - 1);
	lab->lowest = strtoul(text, NULL, 10);
	lab->end = end_of_addresses();
	lab->colour = cache_colour();
}

bool make_lab(const char *dir, unsigned int number, const char **why)
{
	/* Programs that are executed find it by its number. */
	int memory = syscall(__NR_memfd_create, "soak lab", 0), file;

	lab_number = number;
	*why = "cannot share memory with children";
	if (ftruncate(memory, sizeof(*lab)) || !find_lab(memory))
		return false;
	lab->memory = memory;
	memcpy(lab->program, room.program, PATH_MAX);
	snprintf(lab->dir, sizeof(lab->dir), "%s", dir);
	*why = "cannot make the files";
	if (!name_program())
		return false;
	for (file = COPY; file <= OTHER_SMALL; file++) {
		if (!make_executable(file))
			return false;
	}
	if (!add_entry(GOOD, make_memfd(), MEMFD, 0) || !make_others())
		return false;
	find_sizes();
	*why = "PR_SET_MM_AUXV is refused, or a file cannot be shared";
	return lab->vector_size && lab->colour;
}

bool find_lab(int memory)
{
	lab = mmap(NULL, sizeof(*lab), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	return lab != MAP_FAILED;
}

/*
 * Level 2 asks for code that is executable and data that is not, and both have the same
 * bounds here: so those of the code are set first. The arena is left writable.
 */
static int set_code(void)
{
	int error;

	if (mmap((void *)ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	error = spread_code(ARENA, ARENA_END);
	if (!error && mprotect((void *)ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE))
		error = -errno;
	return error;
}

int begin_world(struct world *w)
{
	static unsigned long vector[8];
	struct prctl_mm_map map = { .exe_fd = -1 };
	struct call call = { .option = PR_SET_MM_MAP };
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(vector); i++)
		vector[i] = 0x5000 + i;
	error = set_code();
	if (error)
		return error;
	fill_bounds(&map, ARENA, ARENA_END);
	map.start_brk = HEAP;
	map.brk = HEAP;
	map.auxv = (void *)vector;
	map.auxv_size = sizeof(vector);
	error = set_mm_map(&map);
	munmap((void *)ARENA, ARENA_PAGES * PAGE);
	if (error)
		return error;
	call.map = map;
	call.vector = (void *)vector;
	call.vector_size = sizeof(vector);
	accept_call(w, &call);
	set_edge();
	return 0;
}
