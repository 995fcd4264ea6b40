// SPDX-License-Identifier: GPL-2.0
/*
 * exe-watch: which processes have had their /proc/PID/exe replaced by
 * prctl(PR_SET_MM), now or as it happens. exe-watch.8 is the manual page.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../by_hand.h"
#include "common.h"
#include "follow.h"
#include "snapshot.h"

static const char help[] =
"NAME\n"
"       exe-watch - show replaced /proc/PID/exe links\n"
"\n"
"SYNOPSIS\n"
"       exe-watch [--json] [--all] [--known FILE]\n"
"       exe-watch [--json] --note FILE [PID...]\n"
"       exe-watch --follow [--json] [--count N]\n"
"\n"
"DESCRIPTION\n"
"       Without --follow, one pass over /proc lists the processes whose exe link\n"
"       prctl(PR_SET_MM) has replaced since their last execve(2). On a kernel that\n"
"       does not record this, it lists suspects: processes that run code but have\n"
"       no mapping of the file that their link shows.\n"
"\n"
"OPTIONS\n"
"       -a, --all      list every process, each with its state\n"
"       -f, --follow   print each attempt to replace a link when it happens\n"
"       -k, --known FILE\n"
"                      leave out the processes in FILE and those forked from them\n"
"       -N, --note FILE\n"
"                      add the processes with a replaced link to FILE: all, or those\n"
"                      with these PIDs and their descendants, such as a restored tree\n"
"       -n, --count N  with --follow: end after N attempts\n"
"       -j, --json     a JSON array; with --follow one JSON object on each line\n"
"       -h, --help     show this\n"
"       -V, --version  show the version\n"
"\n"
"EXIT STATUS\n"
"       0  nothing is replaced or all of it is known, --note is done, or --follow was\n"
"          ended by --count or a signal\n"
"       1  at least one link is replaced\n"
"       2  wrong use\n"
"       3  this kernel or this user cannot tell; stderr says why\n";

static int wrong_use(const char *what, const char *why)
{
	complain("%s: %s; exe-watch --help shows what there is", what, why);
	return WRONG_USE;
}

/* 0 if it is not a number of events. */
static unsigned long parse_count(const char *text)
{
	unsigned long count;
	char *end;

	if (strspn(text, "0123456789") != strlen(text))
		return 0;
	errno = 0;
	count = strtoul(text, &end, 10);
	return errno ? 0 : count;
}

/* PIDs, and 0 behind them; NULL if one is no PID. */
static const int *parse_pids(char **argv, int count)
{
	int *pids = calloc(count + 1, sizeof(*pids)), i;

	for (i = 0; pids && i < count; i++) {
		unsigned long pid = parse_count(argv[i]);

		if (!pid || pid > INT_MAX)
			return NULL;
		pids[i] = pid;
	}
	return pids;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "count", required_argument, NULL, 'n' },
		{ "follow", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "known", required_argument, NULL, 'k' },
		{ "note", required_argument, NULL, 'N' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	struct selection selection = { };
	bool following = false;
	unsigned long count = 0;
	char letter[] = "-?";
	int option;

	if (!clean_start()) {
		complain("cannot write the output: stdout is closed");
		return CANNOT_TELL;
	}
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":afhjk:N:n:V", options, NULL)) != -1) {
		letter[1] = optopt;
		switch (option) {
		case 'a':
			selection.all = true;
			break;
		case 'f':
			following = true;
			break;
		case 'h':
			fputs(help, stdout);
			return flush_output() ? 0 : CANNOT_TELL;
		case 'j':
			selection.json = true;
			break;
		case 'k':
			selection.known = optarg;
			break;
		case 'N':
			selection.note = optarg;
			break;
		case 'n':
			count = parse_count(optarg);
			if (!count)
				return wrong_use(optarg, "--count wants a number above 0");
			break;
		case 'V':
			puts("exe-watch " VERSION);
			return flush_output() ? 0 : CANNOT_TELL;
		case ':':
			return wrong_use(argv[optind - 1], strchr("kN", optopt) ?
					 "wants a file behind it" : "wants a number behind it");
		default:
			/* In a cluster of letters the word does not say which. */
			if (optopt && !strchr("afhjkNnV", optopt))
				return wrong_use(letter, "no such option");
			return wrong_use(argv[optind - 1], optopt ? "takes no value" :
					 "no such option, or short for more than one");
		}
	}
	if (optind < argc && !selection.note)
		return wrong_use(argv[optind], "goes with --note only");
	if (count && !following)
		return wrong_use("--count", "goes with --follow only");
	if (following && (selection.all || selection.known || selection.note))
		return wrong_use(selection.all ? "--all" : selection.known ? "--known" : "--note",
				 "does not go with --follow");
	if (selection.note && (selection.all || selection.known))
		return wrong_use("--note", "goes with no option but --json");
	selection.pids = parse_pids(argv + optind, argc - optind);
	if (!selection.pids)
		return wrong_use("--note", "wants PIDs behind the file, or nothing");

	return following ? follow(selection.json, count) : snapshot(&selection);
}
