#!/usr/bin/env python3
"""Print rows for include/plinth/aws/ops.def and services.def from botocore's models.

    tools/ops-row.py SERVICE OPERATION...     rows of ops.def ("all" for every operation)
    tools/ops-row.py --service SERVICE...     rows of services.def

SERVICE is botocore's name ("s3control").  Needs botocore (tests/requirements.txt).  IAM actions are
the operation's own name unless ACTIONS says otherwise: check those of a new service against the
Service Authorization Reference.
"""
import sys

import botocore.session
from botocore import xform_name

SESSION = botocore.session.get_session()

PROTOCOLS = {"json": "AWS_JSON", "query": "AWS_QUERY", "ec2": "AWS_EC2",
             "rest-json": "AWS_REST_JSON", "rest-xml": "AWS_REST_XML"}

# Services with one endpoint and one signing region in a partition.
GLOBAL = {"organizations", "account", "iam"}

# Operations that change nothing, whatever their verb; all others that do not begin with one of
# READ_VERBS are writes.
READS = {("sts", "AssumeRole"), ("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoot"),
         ("iam", "GenerateCredentialReport")}
READ_VERBS = ("Get", "List", "Describe", "Head", "Lookup", "Filter", "Scan", "Query")

IAM_PREFIXES = {"accessanalyzer": "access-analyzer", "resourcegroupstaggingapi": "tag",
                "service-quotas": "servicequotas", "s3control": "s3"}

# Actions that are not named like their operation; None: the call needs no permission.
ACTIONS = {
    ("sts", "GetCallerIdentity"): None,
    ("sso", "GetRoleCredentials"): None,
    ("sso-oidc", "CreateToken"): None,
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "DeletePublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeleteBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "PutBucketLifecycleConfiguration"): "s3:PutLifecycleConfiguration",
    ("s3", "DeleteBucketLifecycle"): "s3:PutLifecycleConfiguration",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "PutBucketReplication"): "s3:PutReplicationConfiguration",
    ("s3", "DeleteBucketReplication"): "s3:PutReplicationConfiguration",
    ("s3", "GetObjectLockConfiguration"): "s3:GetBucketObjectLockConfiguration",
    ("s3", "PutObjectLockConfiguration"): "s3:PutBucketObjectLockConfiguration",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
}


def quoted(text):
    return "NULL" if text is None else '"%s"' % text


def identifier(service):
    return service.replace("-", "_").upper()


def protocol_of(model):
    """The first of the service's protocols that plinth speaks; newer services list CBOR before JSON."""
    meta = model.metadata
    return next(name for name in [meta["protocol"]] + meta.get("protocols", []) if name in PROTOCOLS)


def wire_name(name, member, protocol):
    """The member's name as it travels in a request."""
    location = member.serialization.get("name")
    if protocol == "ec2" and not member.serialization.get("location"):
        query_name = member.serialization.get("queryName")
        return query_name or (location[:1].upper() + location[1:] if location else name)
    return location or name


def is_map(member):
    """A map as form.c writes it: Name.entry.N.key and Name.entry.N.value."""
    return (member.type_name == "map" and not member.serialization.get("flattened") and
            member.key.serialization.get("name", "key") == "key" and
            member.value.serialization.get("name", "value") == "value")


def service_row(service):
    model = SESSION.get_service_model(service)
    meta = model.metadata
    protocol = protocol_of(model)
    fields = [
        identifier(service),
        quoted(model.service_id.hyphenize()),
        quoted(model.endpoint_prefix),
        quoted(model.signing_name),
        PROTOCOLS[protocol],
        quoted(meta.get("jsonVersion") if protocol == "json" else None),
        quoted(meta.get("targetPrefix") if protocol == "json" else None),
        quoted(meta["apiVersion"]),
        "true" if service in GLOBAL else "false",
    ]
    namespaces = set()
    for name in model.operation_names if protocol == "rest-xml" else []:
        shape = model.operation_model(name).input_shape
        payload = shape.serialization.get("payload") if shape else None
        where = shape.members[payload] if payload else shape
        namespaces.add(where.serialization.get("xmlNamespace", {}).get("uri") if where else None)
    namespaces.discard(None)
    if len(namespaces) > 1:
        sys.exit("ops-row: %s has several XML namespaces" % service)
    return "SERVICE(%s)" % ", ".join(fields + [".xmlns = " + quoted(n) for n in namespaces])


def paging(service, name, inputs):
    """Request token, answer token and items of the paginator; None if there is none.

    Of several lists in an answer the first is the items; a token that is not text is no paging.
    """
    try:
        pages = SESSION.get_paginator_model(service).get_paginator(name)
    except (ValueError, botocore.exceptions.UnknownServiceError):
        return None
    token_in, token_out, items = pages["input_token"], pages["output_token"], pages["result_key"]
    items = items[0] if isinstance(items, list) else items
    if isinstance(token_in, list) or isinstance(token_out, list) or not items.isidentifier():
        return None
    if inputs[token_in].type_name != "string":
        return None
    return [token_in, token_out, items]


def operation_row(service, name):
    model = SESSION.get_service_model(service)
    op = model.operation_model(name)
    protocol = protocol_of(model)
    inputs = dict(op.input_shape.members) if op.input_shape else {}
    outputs = dict(op.output_shape.members) if op.output_shape else {}
    wire = {key: wire_name(key, member, protocol) for key, member in inputs.items()}
    located = {"querystring": [], "header": []}
    for key, member in inputs.items():
        where = member.serialization.get("location")
        if where in located:
            located[where].append(wire[key])
    read = (service, name) in READS or name.startswith(READ_VERBS)
    action = ACTIONS.get((service, name), "%s:%s" % (IAM_PREFIXES.get(service, service), name))
    more = []

    def add(field, value):
        if value:
            more.append(".%s = %s" % (field, quoted(value)))

    add("token", next((wire[k] for k, m in inputs.items() if m.metadata.get("idempotencyToken")),
                      None))
    add("query", " ".join(located["querystring"]))
    add("headers", " ".join(located["header"]))
    payload = op.input_shape.serialization.get("payload") if op.input_shape else None
    if protocol == "query":
        add("maps", " ".join(wire[key] for key, member in inputs.items() if is_map(member)))
    add("payload", wire.get(payload))
    pages = paging(service, name, inputs)
    if pages:
        add("page_in", wire[pages[0]])
        add("page_out", outputs[pages[1]].serialization.get("name", pages[1]))
        add("page_items", outputs[pages[2]].serialization.get("name", pages[2]))
    answer = op.output_shape.serialization.get("payload") if op.output_shape else None
    if answer and outputs[answer].type_name in ("blob", "string"):
        add("text_answer", answer)
    if (protocol == "rest-json" and op.http["method"] in ("POST", "PUT", "PATCH") and
            all("location" in member.serialization for member in inputs.values())):
        more.append(".no_body = true")
    if op.auth_type == "none":
        more.append(".anonymous = true")
    fields = [identifier(service), xform_name(name).upper(), quoted(name),
              quoted(op.http["method"]), quoted(op.http["requestUri"]),
              "AWS_READ" if read else "AWS_WRITE", quoted(action)]
    return "OP(%s)" % ", ".join(fields + more)


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    if arguments[0] == "--service":
        for service in arguments[1:]:
            print(service_row(service))
        return
    service, names = arguments[0], arguments[1:]
    if names == ["all"]:
        names = SESSION.get_service_model(service).operation_names
    for name in names:
        print(operation_row(service, name))


if __name__ == "__main__":
    main(sys.argv[1:])
