# SPDX-License-Identifier: GPL-2.0-only
#
# qemu/lava/python qemu/lava/split.py RUN: what LAVA's log of a job has, RUN/log, in files of
# their own in the folder RUN:
#   stream       what qemu/run-tests said, as qemu/verdict takes it
#   console.log  what the kernel said
#   lost         if lines of the stream are missing, how many and where
#   vm           the guest's last line, "exit=N taint=N", if it came
#   qemu         the command by which LAVA started QEMU
#   job          LAVA's result of the job: pass, fail or none; if it failed, its kind and why
#   cases        the results that LAVA counted, a line "SUITE pass|fail|skip NUMBER" each
# If RUN/results.json is there, the results that the server has count, not those of the log.
# Exit code 2: RUN/log is no log of LAVA's.
import collections
import json
import os
import re
import sys

import yaml

RECORD = re.compile(r"^(?:\[[^\]]*\] ?)*vm\.out (\d+)([ +])(.*)$")
LAST = re.compile(r"^(?:\[[^\]]*\] ?)*vm (exit=\d* taint=\w*) lines=(\d*)$")


def records(log):
    """Each line of the log, as lava-run or "lavacli jobs logs --raw" has it."""
    for line in log:
        line = line.rstrip("\n")
        if not line.startswith(("- ", "{")):
            continue
        try:
            record = yaml.load(line.removeprefix("- "), Loader=yaml.CSafeLoader)
            yield record["lvl"], record["msg"]
        except (yaml.YAMLError, KeyError, TypeError):
            continue


class Guest:
    """What the guest said, line by line."""

    def __init__(self):
        self.stream, self.console, self.last = [], [], None
        self.number = self.missing = 0
        self.lost = self.part = ""

    def say(self, line):
        record, last = RECORD.match(line), LAST.match(line)
        if record:
            self.count(int(record[1]))
            self.part += record[3]
            if record[2] == " ":
                self.stream.append(self.part)
                self.part = ""
            return
        self.console.append(line)
        if last:
            self.last = last[1]
            self.count(int(last[2] or 0) + 1)

    def count(self, number):
        if number != self.number + 1:
            self.missing += max(number - self.number - 1, 1)
            self.lost = self.lost or f"behind line {self.number}"
        self.number = number


def write(name, lines):
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


def main():
    os.chdir(sys.argv[1])
    guest, cases = Guest(), collections.Counter()
    job, command = ["none"], None
    # A job that was canceled before it began has an empty one.
    with open("log", encoding="utf-8", errors="replace") as log:
        seen = not log.read(1000).strip()
    with open("log", encoding="utf-8", errors="replace") as log:
        for level, message in records(log):
            seen = True
            if level == "target":
                # LAVA puts a backslash before each quote.
                guest.say(str(message).replace('\\"', '"'))
            elif level == "results" and message.get("definition") != "lava":
                cases[message.get("definition"), message.get("result")] += 1
            elif level == "results" and message.get("case") == "job":
                job = [message["result"], message.get("error_type"), message.get("error_msg")]
            elif level == "info" and str(message).startswith("Boot command: "):
                command = message.removeprefix("Boot command: ")
    if not seen:
        print(f"split.py: {sys.argv[1]}/log is no log of LAVA's", file=sys.stderr)
        return 2
    if os.path.exists("results.json"):
        with open("results.json", encoding="utf-8") as file:
            cases = collections.Counter(
                (case["suite"], case["result"])
                for case in json.load(file)
                if case["suite"] != "lava"
            )
    write("stream", guest.stream)
    write("console.log", guest.console)
    write("lost", [f"{guest.missing} lines, {guest.lost}"] if guest.missing else [])
    write("vm", [guest.last] if guest.last else [])
    write("qemu", [command] if command else [])
    write("job", [" ".join(str(word) for word in job if word).replace("\n", " ")])
    write("cases", (f"{suite} {result} {number}" for (suite, result), number in sorted(cases.items())))
    return 0


sys.exit(main())
