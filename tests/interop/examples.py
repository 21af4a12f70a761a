#!/usr/bin/env python3
"""examples.py PLINTH: every file under examples/ is what it says, and its command lines are ones.

YAML and JSON are parsed; each call of plinth, in a script line or as a list of arguments, is given to
the program with a baseline that is not there: anything but a usage error (64) will do.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import interop

try:
    import yaml
except ImportError as error:
    print("skipped: no PyYAML (%s)" % error)
    sys.exit(77)

EXAMPLES = os.path.join(interop.SOURCE, "examples")
COMMANDS = "apply|plan|drift|validate|account|rollout|evidence|history|journal|honey|backup|policy"
CALL = re.compile(r"(?:^|[\s/;|(])plinth ((?:%s)\b[^#\n]*)" % COMMANDS)
NO_BASELINE = re.compile(r"no baseline|no plinth\.yaml here")


class Loader(yaml.SafeLoader):
    """CloudFormation's tags are values of any kind."""


Loader.add_multi_constructor("!", lambda loader, tag, node: tag)


def documents(path):
    with open(path) as text:
        if path.endswith(".json"):
            return [json.load(text)]
        if path.endswith((".yaml", ".yml")):
            return list(yaml.load_all(text, Loader))
    return []


def argument_lists(value):
    """Lists whose first word is a command of plinth: a container's arguments."""
    if isinstance(value, dict):
        for item in value.values():
            yield from argument_lists(item)
    elif isinstance(value, list):
        if value and isinstance(value[0], str) and re.fullmatch(COMMANDS, value[0]):
            yield [str(word) for word in value]
        for item in value:
            yield from argument_lists(item)


def shell_calls(path):
    """Words behind `plinth` in lines of scripts; what the shell makes of them is left out."""
    with open(path) as text:
        lines = re.sub(r"\\\n", " ", text.read())
    for call in CALL.findall(lines):
        call = re.split(r"\s(?:\|\||\||&&|;|>|2>|>\S)", " " + call.rstrip("\\ "))[0]
        call = re.sub(r"[<>]\S*", "", call)
        try:
            yield shlex.split(call)
        except ValueError:
            continue


def main(plinth):
    wrong, count, files = [], 0, 0
    home = tempfile.TemporaryDirectory()
    env = {"PATH": os.environ["PATH"], "HOME": home.name, "AWS_EC2_METADATA_DISABLED": "true"}
    for folder, _, names in os.walk(EXAMPLES):
        for name in sorted(names):
            path = os.path.join(folder, name)
            files += 1
            try:
                calls = [call for document in documents(path) for call in argument_lists(document)]
            except (ValueError, yaml.YAMLError) as error:
                wrong.append("%s: %s" % (path, error))
                continue
            if not name.endswith(".md"):
                calls += list(shell_calls(path))
            for call in calls:
                words = [re.sub(r"\$\{?\w+\}?|\$\(.*\)", "1", word) for word in call]
                done = subprocess.run([plinth, *words], env=env, cwd=home.name, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=60)
                count += 1
                if done.returncode == 64 and not NO_BASELINE.search(done.stderr):
                    wrong.append("%s: plinth %s: %s" % (path, " ".join(words), done.stderr.strip()))
    home.cleanup()
    interop.finish("examples: %d files, command lines" % files, count, wrong)


if __name__ == "__main__":
    main(sys.argv[1])
