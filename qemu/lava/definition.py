# SPDX-License-Identifier: GPL-2.0-only
#
# qemu/lava/python qemu/lava/definition.py NAME=VALUE... OUT: the definition of a LAVA job in
# the file OUT, as YAML, if LAVA's own schema accepts it. All names are needed:
#   name                         of the job, as people see it
#   base, arch, flavour, commit, version, matrix   metadata
#   qemu_arch                    LAVA's name of the architecture: qemu-system-NAME
#   qemu, memory, append         QEMU's words, MiB, the kernel's command line
#   kernel, initramfs            their URLs; kernel_sha256, initramfs_sha256
#   list                         the file that names the test programs, a line each
#   boot, program, all           limits in seconds: the boot, a program, all of it
# Exit code 2: a name is missing, or the schema does not accept the job.
import re
import sys

import yaml
from lava_common.schemas import validate
from voluptuous import Invalid

# LAVA's limits are wall time; those of qemu/vm leave out the time that QEMU waits for a
# processor. A worker with a busy processor is no reason to end a job.
BUSY = 5
# Copying the kernel and the initramfs to the worker.
DEPLOY = 300

# A line of the guest is a record of the kernel's log, with or without a time. QEMU's serial
# line and the terminal that LAVA gives it turn \n into \r\r\n. No pattern takes the end of
# its line, which is the beginning of the next.
LINE = r"\n(?:\[[^\]\n]*\] ?)*vm\.out \d+[ +]"
RESULT = (
    LINE + r"\| (?=(?:[^\r\n]*# *(?=SKIP))?(?P<result>SKIP|not ok|ok))"
    # Of a test that is skipped, the harness of older kernels leaves out the name.
    r"(?:not )?ok (?:\d+ (?=[^#\r\n]))?(?P<test_case_id>[^#\r\n]*[^#\s])[^\r\n]*(?=\r*\n)"
)


def seconds(limit):
    return {"seconds": limit}


def monitor(name, start, end):
    return {
        "name": name,
        "start": start,
        "end": end,
        "pattern": RESULT,
        "fixupdict": {"ok": "pass", "not ok": "fail", "SKIP": "skip"},
    }


def monitors(programs):
    for program in programs:
        yield monitor(program, LINE + f"begin {program} ", LINE + f"end {program} ")
    # The last line that init says, without which there is no verdict.
    yield monitor("vm", LINE + "done ", r"vm exit=\d* taint=\w* lines=\d*\r*\n")


def definition(v, programs):
    boot, program, whole = (int(v[name]) * BUSY for name in ("boot", "program", "all"))
    return {
        "job_name": v["name"],
        "device_type": "qemu",
        "priority": "medium",
        "visibility": "public",
        "metadata": {
            name: v[name] for name in ("base", "arch", "flavour", "version", "commit", "matrix")
        },
        # QEMU's words are here and in image_arg.
        "context": {
            "arch": v["qemu_arch"],
            "no_kvm": True,
            "memory": int(v["memory"]),
            "extra_options": re.split(r" (?=-)", v["qemu"]),
        },
        "timeouts": {
            "job": seconds(DEPLOY + boot + whole),
            "action": seconds(DEPLOY),
            # How long the guest may take to its first program, and from one to the next.
            "connection": seconds(boot),
        },
        "actions": [
            {
                "deploy": {
                    "to": "tmpfs",
                    "images": {
                        "kernel": {
                            "url": v["kernel"],
                            "sha256sum": v["kernel_sha256"],
                            "image_arg": f'-kernel {{kernel}} -append "{v["append"]}"',
                        },
                        "ramdisk": {
                            "url": v["initramfs"],
                            "sha256sum": v["initramfs_sha256"],
                            "image_arg": "-initrd {ramdisk}",
                        },
                    },
                }
            },
            # LAVA takes this limit for the time between two results, too.
            {"boot": {"method": "qemu", "media": "tmpfs", "timeout": seconds(program)}},
            {"test": {"timeout": seconds(whole), "monitors": list(monitors(programs))}},
        ],
    }


class Plain(yaml.SafeDumper):
    """Each value where it is used, with no reference to another place."""

    def ignore_aliases(self, data):
        return True


def main():
    *pairs, out = sys.argv[1:]
    values = dict(pair.split("=", 1) for pair in pairs)
    with open(values["list"], encoding="ascii") as file:
        job = definition(values, [line.split()[0] for line in file])
    try:
        validate(job, strict=True)
    except Invalid as wrong:
        print(f"definition.py: LAVA's schema does not accept the job: {wrong}", file=sys.stderr)
        return 2
    with open(out, "w", encoding="ascii") as file:
        file.write("# Written by qemu/lava/job.\n")
        yaml.dump(job, file, Dumper=Plain, sort_keys=False, width=1000)
    return 0


sys.exit(main())
