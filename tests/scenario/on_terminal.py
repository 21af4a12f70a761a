#!/usr/bin/env python3
"""Run a program on a terminal of its own, and answer what it asks.

    on_terminal.py CODE [--columns N] [--see TEXT --say TEXT]... -- PROGRAM ARGUMENTS...

Waits for each TEXT in what the program shows and types the answer behind it; "^C" presses Ctrl-C, and
what begins with "!" is run by a shell instead.
What it showed goes to standard output.  Fails unless the program exits with CODE.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

PATIENCE_S = 60


def parse(arguments):
    end = arguments.index("--")
    words, program = arguments[1:end], arguments[end + 1 :]
    columns = 0
    if words[:1] == ["--columns"]:
        columns, words = int(words[1]), words[2:]
    steps = [(words[i + 1], words[i + 3]) for i in range(0, len(words), 4)]
    return int(arguments[0]), columns, steps, program


def main():
    wanted, columns, steps, program = parse(sys.argv[1:])
    child, terminal = pty.fork()
    if child == 0:
        if columns:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execv(program[0], program)
    shown, seen_to, deadline = b"", 0, time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            break
        shown += piece
        while steps and (at := shown.find(steps[0][0].encode(), seen_to)) >= 0:
            see, say = steps.pop(0)
            seen_to = at + len(see)
            if say.startswith("!"):
                subprocess.run(say[1:], shell=True, check=True)
            else:
                os.write(terminal, b"\x03" if say == "^C" else say.encode() + b"\n")
    else:
        os.kill(child, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    for see, _ in steps:
        print(f"on_terminal: never saw {see!r}", file=sys.stderr)
    if code != wanted:
        print(f"on_terminal: exit code {code}, expected {wanted}", file=sys.stderr)
    return code != wanted or bool(steps)


if __name__ == "__main__":
    sys.exit(main())
