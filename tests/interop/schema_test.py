#!/usr/bin/env python3
"""schema_test.py PLINTH: the JSON Schema that plinth prints, under an independent validator.

It must be a schema of its draft, take every shipped baseline, and agree with `plinth validate` on
small ones: what an editor underlines is what plinth refuses.  Only what one file says by itself can
agree; names that lead nowhere are plinth's alone to find.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

HEAD = "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
ACCOUNT = "accounts:\n  - name: a\n    email: a@example.com\n    "
SECURITY = "accounts: [{name: s, email: s@example.com, roles: [security]}]\n"
POLICY = "policies:\n  - {name: p, type: tag_policy, document: {tags: {}}, attach: "

ACCEPTED = [
    "",
    "regions:\n",
    "regions: [eu-west-1, us-east-1]\n",
    "variables: {a: x, b: 1, c: true, d: {default: x}, e: {default: 2, description: y}}\n",
    'variables: {r: eu-west-1}\nregions: ["${var.r}"]\n',
    'variables: {w: "true"}\n' + POLICY + '[root], keep_whole: "${var.w}"}\n',
    "organizational_units:\n  A:\n  B: {units: {C: , D: {tags: {x: y, z: 1}}}}\n",
    ACCOUNT + 'id: "012345678901"\n',
    ACCOUNT + "roles: [management, backup]\n",
    ACCOUNT + "tags: {a: b}\n",
    POLICY + "[root]}\n",
    POLICY + "[{ou: root}]}\n",
    POLICY + "[{account: s}]}\n" + SECURITY,
    SECURITY + "controls: {security_role: }\n",
    SECURITY + "controls: {security_role: {name: X, max_session: 3600, policies: [A]}}\n",
    SECURITY + "organizational_units: {A: {controls: {security_role: false}}}\n",
    SECURITY + "organizational_units: {A: {controls: {security_role: {max_session: 7200}}}}\n",
]

REFUSED = [
    "nmae: x\n",
    "regions: eu-west-1\n",
    "regions: [Frankfurt]\n",
    "variables: {A: x}\n",
    "variables: {a: [x]}\n",
    "variables: {a: {default: x, values: y}}\n",
    "organizational_units: [A]\n",
    "organizational_units: {A/B: }\n",
    "organizational_units: {A: {unit: {}}}\n",
    "organizational_units: {A: {name: B}}\n",
    "accounts: [{name: a}]\n",
    "accounts: [a]\n",
    ACCOUNT + "id: 12\n",
    ACCOUNT + "roles: [admin]\n",
    ACCOUNT + "roles: security\n",
    ACCOUNT + "tags: [a]\n",
    ACCOUNT + "contacts: {legal: {}}\n",
    ACCOUNT + "contacts: {security: {name: n, title: t, email: e, phone: '1'}}\n",
    POLICY + "[]}\n",
    POLICY + "root}\n",
    POLICY + "[{unit: A}]}\n",
    POLICY + "[root], keep_whole: yes please}\n",
    "policies: [{name: p, type: no_policy, document: {a: b}, attach: [root]}]\n",
    "policies: [{name: p, type: tag_policy, document: {a: b}}]\n",
    "controls: [security_role]\n",
    "controls: {security_rule: {}}\n",
    SECURITY + "controls: {security_role: {max_session: 1}}\n",
    SECURITY + "controls: {security_role: {max_session: long}}\n",
    SECURITY + "controls: {security_role: {policy: A}}\n",
    SECURITY + "controls: {security_role: false}\n",
    "organizational_units: {A: {controls: {root_access: {}}}}\n",
    SECURITY + "organizational_units: {A: {controls: {security_role: {polices: [X]}}}}\n",
    SECURITY + "organizational_units: {A: {controls: {security_role: {name: X}}}}\n",
]


def plinth_accepts(plinth, text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([plinth, "validate", file.name], capture_output=True, text=True)
    if done.returncode not in (0, 65):
        raise SystemExit(f"plinth validate exits with {done.returncode}: {done.stderr}")
    return done.returncode == 0, done.stderr


def main(plinth):
    schema = json.loads(subprocess.check_output([plinth, "schema"]))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0

    folder = os.path.join(SOURCE, "baselines")
    shipped = sorted(name for name in os.listdir(folder) if name.endswith(".yaml"))
    assert shipped, "no shipped baselines"
    for name in shipped:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for error in validator.iter_errors(yaml.safe_load(file)):
                print(f"{name}: {list(error.path)}: {error.message[:200]}")
                failures += 1

    for body, wanted in [(b, True) for b in ACCEPTED] + [(b, False) for b in REFUSED]:
        text = HEAD + body
        by_plinth, why = plinth_accepts(plinth, text)
        by_schema = validator.is_valid(yaml.safe_load(text))
        if (by_plinth, by_schema) != (wanted, wanted):
            print(f"wanted {wanted}, plinth {by_plinth}, schema {by_schema}:\n{body}{why}")
            failures += 1

    print(f"{len(shipped)} baselines, {len(ACCEPTED) + len(REFUSED)} cases, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
