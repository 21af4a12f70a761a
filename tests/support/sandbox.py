"""For tests in Python: a sandbox of their own, and its state without what differs by itself."""
import json
import os
import re
import signal
import subprocess

SKIPPED_KINDS = ("credential", "session", "org/creation", "org/busy", "user-key/",
                 "trail-event")
KEPT_VARIABLES = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


class Sandbox:
    """plinth sandbox, and an environment that points every client at it and holds nothing else."""

    def __init__(self, plinth, folder, *options):
        self.program, self.folder = plinth, folder
        self.env = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.env.update(HOME=folder, NO_COLOR="1", AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
        with open(os.path.join(folder, "sandbox.log"), "w") as log:
            self.process = subprocess.Popen(
                [plinth, "sandbox", "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE,
                stderr=log, env=self.env, text=True)
        self.url = re.search(r"http://[0-9.:]+", self.line_with("http://")).group()
        self.address = self.url.split("//")[1]
        for name, value in re.findall(r"export (\w+)='?([^'\n]*)'?",
                                      self.plinth("sandbox", "env", "--listen",
                                                  self.address).stdout):
            self.env[name] = value

    def line_with(self, text):
        for line in self.process.stdout:
            if text in line:
                return line
        raise SystemExit("the sandbox does not start")

    def plinth(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.env, cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)

    def start(self, *arguments):
        return subprocess.Popen([self.program, *arguments], env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def calls(self):
        """What AWS was asked for so far."""
        return json.loads(self.plinth("sandbox", "calls", "--listen", self.address).stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(60)


class KeptSandbox(Sandbox):
    """One that is quick, and whose state is looked at afterwards."""

    def __init__(self, plinth, folder):
        self.state = os.path.join(folder, "state.json")
        super().__init__(plinth, folder, "--seed", "1", "--time-scale", "0.002",
                         "--state", self.state)

    def writes(self):
        """Without CreateAccount: AWS refuses it while several accounts are being made, and how often
        that happens hangs on the time.  That each is made once stands in the state."""
        calls = self.calls()
        return calls["writes"] - calls["operations"].get("organizations:CreateAccount", 0)

    def stop(self):
        code = super().stop()
        if code != 0:
            raise SystemExit("the sandbox ended with %d" % code)
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
