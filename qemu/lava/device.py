# SPDX-License-Identifier: GPL-2.0-only
#
# qemu/lava/python qemu/lava/device.py JOB.yaml DICTIONARY: on stdout, the configuration of a
# device as a LAVA server gives it to a worker: the dictionary, rendered with the context of
# the job and LAVA's templates.
import os
import sys

import jinja2
import yaml

definition, dictionary = sys.argv[1:]
# The modules are in usr/lib/python3/dist-packages, the templates in usr/share.
templates = os.path.join(
    os.path.dirname(yaml.__file__), "../../../../share/lava-server/device-types"
)
with open(definition, encoding="ascii") as file:
    context = yaml.safe_load(file)["context"]
folders = [os.path.dirname(dictionary), templates]
environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folders), trim_blocks=True)
print(environment.get_template(os.path.basename(dictionary)).render(**context))
