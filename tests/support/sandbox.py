"""For scenarios in Python: a sandbox of their own, and its state without what differs by itself."""
import json
import os
import re
import signal
import subprocess

SKIPPED_KINDS = ("credential", "session", "org/creation", "org/busy", "user-key/",
                 "trail-event")


class Sandbox:
    def __init__(self, plinth, folder):
        self.program, self.folder, self.state = plinth, folder, os.path.join(folder, "state.json")
        self.process = subprocess.Popen(
            [plinth, "sandbox", "--listen", "127.0.0.1:0", "--seed", "1", "--time-scale", "0.002",
             "--state", self.state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = re.search(r"http://([0-9.:]+)", self.line_with("http://")).group(1)
        self.address = address
        lines = subprocess.run([plinth, "sandbox", "env", "--listen", address], check=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        self.env = dict(os.environ, HOME=folder)
        self.env.pop("XDG_STATE_HOME", None)
        for name, value in re.findall(r"export (\w+)='?([^'\n]*)'?", lines):
            self.env[name] = value

    def line_with(self, text):
        for line in self.process.stdout:
            if text in line:
                return line
        raise SystemExit("the sandbox does not start")

    def plinth(self, *arguments):
        return subprocess.run([self.program] + list(arguments), env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=300)

    def start(self, *arguments):
        return subprocess.Popen([self.program] + list(arguments), env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def writes(self):
        """How many writes AWS was asked for so far."""
        run = subprocess.run([self.program, "sandbox", "calls", "--listen", self.address],
                             check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(run.stdout)["writes"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        if self.process.wait(60) != 0:
            raise SystemExit("the sandbox ended with %d" % self.process.returncode)
        with open(self.state) as file:
            return json.load(file)


def masked(state):
    """Every record as a line, with names in place of ids."""
    names = {r["id"]: r["record"].get("Email", r["id"]) for r in state["records"]
             if r["kind"] == "account"}
    for record in state["records"]:
        if record["kind"] in ("org/ou", "org/policy"):
            names[record["id"]] = "<%s>" % record["record"].get(
                "Name", record["record"].get("PolicySummary", {}).get("Name"))
    lines = []
    for record in state["records"]:
        if record["kind"].startswith(SKIPPED_KINDS) or record["kind"].endswith("-used"):
            continue
        text = json.dumps(record, sort_keys=True)
        for key, name in names.items():
            text = text.replace(key, name)
        text = re.sub(r'"_[a-z_]*(ms|used[a-z_]*|ready[a-z_]*)": ("[^"]*"|[0-9.e+-]+)', "", text)
        text = re.sub(r'"[A-Za-z]*(Date|Timestamp|Time)[A-Za-z]*": ("[^"]*"|[0-9.e+-]+)', "", text)
        text = re.sub(r"\b(o|r|ou|p|car)-[a-z0-9-]{4,}", "ID", text)
        text = re.sub(r"\b[0-9a-f]{32}\b", "ID", text)
        text = re.sub(r"\bA(ROA|KIA|SIA|IDA|NPA)[A-Z0-9]{12,}", "ID", text)
        lines.append(text)
    return sorted(lines)


def check(condition, text, *runs):
    if condition:
        return
    for run in runs:
        print("exit %d\n%s%s" % (run.returncode, run.stdout[-3000:], run.stderr[-3000:]))
    raise SystemExit("FAILED: " + text)
