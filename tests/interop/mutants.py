#!/usr/bin/env python3
"""mutants.py CONTROL SIM FOLDER: a control that sends a wrong field, and a simulator that answers one.

Each program is the laws of password_policy with one letter wrong in a member's name, in the control
or in the simulator.  What they ask and answer is held against the models as in the whole suite, which
must name the member on its side.
"""
import os
import subprocess
import sys
import tempfile

import interop

HERE = os.path.dirname(os.path.abspath(__file__))


def violations(program, folder):
    with tempfile.TemporaryDirectory() as recorded:
        env = dict(os.environ, PLINTH_RECORD=recorded)
        # It obeys no law, of course.
        subprocess.run([program, "password_policy", os.path.join(folder, "password_policy")], env=env,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=200)
        done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "models.py"), recorded],
                              stdout=subprocess.PIPE, text=True)
    return done.returncode, [line for line in done.stdout.splitlines() if "MinimumPasswordLenght" in line]


def main(control, sim, folder):
    wrong = []
    for program, side in ((control, "request"), (sim, "answer")):
        code, found = violations(program, folder)
        if code != 1 or not any(side in line for line in found):
            wrong.append("%s: the wrong %s is not caught (%d): %s" % (program, side, code, found))
    interop.finish("mutants", 2, wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])
