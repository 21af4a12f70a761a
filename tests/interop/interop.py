"""What the interop tests share: finding botocore, and asking a driver program.

They compare plinth with botocore, which nobody of us wrote.  Without botocore, or with one whose
models are older than our tables, they are skipped: they end with 77 and one line that says so.
"""
import json
import os
import re
import subprocess
import sys

try:
    import botocore.session
except ImportError:
    print("skipped: %s has no botocore (set PLINTH_PYTHON)" % sys.executable)
    sys.exit(77)

SESSION = botocore.session.get_session()
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


with open(os.path.join(SOURCE, "tests", "requirements.txt")) as pins:
    PINNED = re.search(r"^botocore==(.*)$", pins.read(), re.MULTILINE).group(1)
if numbers(botocore.__version__) < numbers(PINNED):
    print("skipped: botocore %s is older than %s" % (botocore.__version__, PINNED))
    sys.exit(77)


def ask(driver, questions, pairs_hook=None):
    """The driver's answers, in the order of the questions; pairs_hook as of json.loads."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([driver], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    answers = [json.loads(line, object_pairs_hook=pairs_hook) for line in lines]
    if len(answers) != len(questions):
        sys.exit("%s: %d questions, %d answers" % (driver, len(questions), len(answers)))
    return answers


def finish(what, total, failures):
    """Print some of the failures, and end."""
    for failure in failures[:10]:
        print(failure)
    print("%s: %d compared, %d differ" % (what, total, len(failures)))
    sys.exit(1 if failures or not total else 0)
