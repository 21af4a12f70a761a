#!/usr/bin/env python3
"""config_differential.py DRIVER [SEED]: config files and commands against botocore's readers.

The files are made up from awkward lines, so that most break some rule and many are still valid.
Left out is what plinth refuses and Python takes: control characters, and blanks outside ASCII.
"""
import configparser
import os
import random
import shlex
import sys
import tempfile

from botocore import configloader, exceptions

from interop import ask, finish

FILES, COMMANDS = 6000, 6000
TYPES = {"profile": "profiles", "sso-session": "sso_sessions", "services": "services"}

HEADERS = ["[default]", "[profile a]", "[profile b]", '[profile "a b"]', "[profile 'c]",
           "[profile a b]", "[profile default]", "[profilex y]", "[profile]", "[sso-session s]",
           "[sso-session 's t']", "[services v]", "[services  w ]", "[DEFAULT]", "[Default]", "[x]",
           "[plugins]", "[a]b]", "[a] # comment", "[]", "[ ]", "[profile a", "profile a]",
           "[profile a=b]", "[profile \\a]", "[\u00fc]"]
KEYS = ["region", "Region", "a", "b", "s3", "sts", "role_arn", "a b", "a.b", "s3.a", "[k", "\u00fc",
        "-", '"q"', ""]
VALUES = ["", "x", " x ", "a = b", "a: b", "x # y", "x ; y", "'q'", "[x]", "=", ":", "\u00fc\u00df",
          "x\ty", "\\", "%(a)s", "$HOME"]
BLANKS = ["", " ", "  ", "    ", "\t", " \t"]
ENDS = ["\n", "\n", "\n", "\r\n", "\r", "\n\n", " \n"]
OTHERS = ["", "# comment", "; comment", "#a = b", "nonsense", "rem x", "a", "key value", "\\"]


def line(rng):
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(HEADERS)
    if kind < 0.45:
        return rng.choice(KEYS) + rng.choice(BLANKS) + rng.choice("=:") + rng.choice(VALUES)
    if kind < 0.6:
        return rng.choice(KEYS) + rng.choice(BLANKS) + "="
    if kind < 0.75:
        return rng.choice(BLANKS[1:]) + rng.choice(KEYS) + "=" + rng.choice(VALUES)
    return rng.choice(OTHERS if rng.random() < 0.4 else OTHERS[:4])


def tidy(rng):
    """A line that is right by itself; what may be wrong is how it stands to the others."""
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(HEADERS[:19])
    if kind < 0.6:
        return "%s%d%s%s" % (rng.choice(KEYS[:10]), rng.randrange(50), rng.choice("=:"),
                             rng.choice(VALUES))
    if kind < 0.85:
        return rng.choice(BLANKS[1:]) + "%s=%s" % (rng.choice(KEYS[:10]), rng.choice(VALUES))
    return rng.choice(OTHERS[:4])


def file_text(rng):
    make = line if rng.random() < 0.3 else tidy
    lines = [rng.choice(HEADERS[:4])] if rng.random() < 0.9 else []
    for _ in range(rng.randrange(10)):
        indent = rng.choice(BLANKS) if rng.random() < 0.3 else ""
        lines.append(indent + make(rng))
    text = "".join(each + rng.choice(ENDS) for each in lines)
    return text.rstrip("\r\n") if rng.random() < 0.2 else text


def command_text(rng):
    pieces = ["a", "b c", " ", "\t", "\n", "'", '"', "\\", "''", '""', "\\\\", '\\"', "$X", "#",
              "\u00fc", "'a b'", '"a b"', ";", "|"]
    return "".join(rng.choice(pieces) for _ in range(rng.randrange(9)))


def check_defaults(path):
    """botocore looks into a nested value of [DEFAULT] only where no section has its own; we do so
    always."""
    parser = configparser.RawConfigParser()
    parser.read([path])
    for value in parser.defaults().values():
        if value.startswith("\n"):
            configloader._parse_nested(value)


def botocore_reads(text, credentials, path):
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(text)
    try:
        check_defaults(path)
        if credentials:
            return {"profiles": configloader.raw_config_parse(path)}
        loaded = configloader.load_config(path)
    except (exceptions.ConfigParseError, configparser.Error, ValueError):
        return "error"
    return {name: loaded[name] for name in TYPES.values()}


def plinth_reads(answer, credentials):
    if "error" in answer:
        return "error"
    out = {"profiles": {}} if credentials else {name: {} for name in TYPES.values()}
    for section in answer["sections"]:
        values, parent = {}, None
        for entry in section["entries"]:
            key, value = entry["key"], entry["value"]
            if not entry["nested"]:
                values[key], parent = value, key
                continue
            if not isinstance(values[parent], dict):
                values[parent] = {}
            values[parent][key[len(parent) + 1:]] = value
        out[TYPES[section["type"]]][section["name"]] = values
    return out


def shell_words(command):
    try:
        return shlex.split(command)
    except ValueError:
        return "error"


def main(arguments):
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    rng = random.Random(seed)
    questions = [{"text": file_text(rng), "credentials": rng.random() < 0.2} for _ in range(FILES)]
    questions += [{"command": command_text(rng)} for _ in range(COMMANDS)]
    failures, valid = [], 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        for question, answer in zip(questions, ask(arguments[0], questions)):
            if "command" in question:
                want = shell_words(question["command"])
                got = "error" if "error" in answer else answer["words"]
            else:
                want = botocore_reads(question["text"], question["credentials"], path)
                got = plinth_reads(answer, question["credentials"])
            valid += want != "error"
            if got != want:
                failures.append("%r\n  plinth   %r\n  botocore %r" % (question, got, want))
    print("config: seed %d, %d valid" % (seed, valid))
    # Were nearly all of them refused, agreement would mean little.
    if valid < len(questions) / 3:
        failures.append("too few are valid")
    finish("config", len(questions), failures)


if __name__ == "__main__":
    main(sys.argv[1:])
