#!/usr/bin/env python3
"""answer_differential.py DRIVER [SEED]: plinth's reading of answers against botocore's parsers.

Answers of all operations of ops.def are made up from the models and written as AWS writes them; then
botocore parses them, and plinth's tree is read along the model as plinth's callers read it: an array
and an XML list alike.  Error answers come in every form that botocore knows.
"""
import json
import random
import sys
from xml.sax.saxutils import escape

import botocore.parsers

from interop import SESSION, ask, finish
from tables import botocore_names, operations, ops_row, services

TOOL = ops_row()
ROUNDS = 10
TEXTS = ["plain", "two words", "ünïcode 日本", "<&> \"'", "a/b:c", "{\"Version\": \"2012-10-17\"}", "%7B"]
CODES = ["AccessDenied", "NoSuchEntity", "ThrottlingException", "ValidationException"]


def is_plain(shape):
    """Neither times nor bytes, nor lists or maps of them."""
    inner = {"list": "member", "map": "value"}.get(shape.type_name)
    if inner:
        return is_plain(getattr(shape, inner))
    return shape.type_name not in ("timestamp", "blob")


class Generator:
    """Values as JSON has them; times and bytes are left out, they are text to plinth."""

    def __init__(self, rng):
        self.rng = rng

    def value(self, shape, depth=0):
        kind = shape.type_name
        if kind == "structure" and shape.is_tagged_union:
            name = self.rng.choice(list(shape.members))
            return {name: self.value(shape.members[name], depth + 1)}
        if kind == "structure":
            return {name: self.value(member, depth + 1) for name, member in shape.members.items()
                    if "location" not in member.serialization and depth < 6 and
                    is_plain(member) and self.rng.random() < 0.8}
        if kind == "list":
            return [self.value(shape.member, depth + 1) for _ in range(self.rng.randrange(4))]
        if kind == "map":
            return {"key%d" % i: self.value(shape.value, depth + 1)
                    for i in range(self.rng.randrange(3))}
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "long"):
            return self.rng.choice([0, 1, 4096, 2 ** 31])
        if kind in ("float", "double"):
            return self.rng.choice([0.5, 2.25, 100.0])
        return self.rng.choice(TEXTS)


def wire(shape, name):
    return shape.serialization.get("name", name)


def to_json(shape, value):
    kind = shape.type_name
    if kind == "structure":
        return {wire(shape.members[k], k): to_json(shape.members[k], v) for k, v in value.items()}
    if kind == "list":
        return [to_json(shape.member, item) for item in value]
    return {k: to_json(shape.value, v) for k, v in value.items()} if kind == "map" else value


def scalar_text(value):
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def to_xml(shape, value, name):
    """The element, or the elements of a flattened list."""
    kind = shape.type_name
    if kind == "structure":
        inner = "".join(to_xml(shape.members[k], v, wire(shape.members[k], k))
                        for k, v in value.items())
    elif kind == "list":
        flat = shape.serialization.get("flattened")
        item = name if flat else shape.member.serialization.get("name", "member")
        inner = "".join(to_xml(shape.member, v, item) for v in value)
        if flat:
            return inner
    elif kind == "map":
        inner = "".join("<entry><key>%s</key>%s</entry>" % (k, to_xml(shape.value, v, "value"))
                        for k, v in value.items())
    else:
        inner = scalar_text(value)
    return "<%s>%s</%s>" % (name, inner, name) if inner else "<%s/>" % name


def body_of(model, operation, value):
    protocol, shape = TOOL.protocol_of(model), operation.output_shape
    if shape is None:
        return {"json": "{}", "query": "<R><ResponseMetadata/></R>",
                "ec2": "<R><requestId>r</requestId><return>true</return></R>"}.get(protocol, "")
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("string", "blob"):
        return value.get(payload, "")
    if protocol in ("json", "rest-json"):
        return json.dumps(to_json(shape, value))
    if protocol == "query":
        inner = to_xml(shape, value, shape.serialization.get("resultWrapper", operation.name + "Result"))
        return "<%sResponse xmlns=\"x\">%s<ResponseMetadata><RequestId>r</RequestId>" \
               "</ResponseMetadata></%sResponse>" % (operation.name, inner, operation.name)
    if payload:
        return to_xml(shape.members[payload], value[payload], payload) if payload in value else ""
    return to_xml(shape, value, operation.name + "Response")


def read(shape, tree, is_xml):
    """What a caller reads from plinth's tree, along the model."""
    kind = shape.type_name
    if kind == "structure":
        tree = tree if isinstance(tree, dict) else {}
        return {k: read(member, member_of(tree, member, wire(member, k), is_xml), is_xml)
                for k, member in shape.members.items() if wire(member, k) in tree}
    if kind == "list":
        return [read(shape.member, item, is_xml) for item in items(tree)]
    if kind == "map":
        if is_xml:
            return {entry["key"]: read(shape.value, entry["value"], is_xml) for entry in items(tree)}
        return {k: read(shape.value, v, is_xml) for k, v in tree.items()}
    if is_xml and kind == "boolean":
        return tree == "true"
    if is_xml and kind in ("integer", "long"):
        return int(tree)
    return float(tree) if is_xml and kind in ("float", "double") else tree


def member_of(tree, shape, name, is_xml):
    """One member; of a flattened list all that repeat its name."""
    if is_xml and shape.type_name == "list" and shape.serialization.get("flattened"):
        return [value for key, value in tree.pairs if key == name]
    return tree[name]


def items(tree):
    """json_first and on: the items of an array, the children of an element."""
    if isinstance(tree, list):
        return tree
    return [v for _, v in tree.pairs] if isinstance(tree, Element) else []


class Element(dict):
    """An object that keeps repeated keys, as struct json does."""

    def __init__(self, pairs):
        super().__init__(reversed(pairs))
        self.pairs = pairs


def without_metadata(parsed):
    return {k: v for k, v in parsed.items() if k != "ResponseMetadata"}


def error_case(rng, protocol):
    code, message = rng.choice(CODES), rng.choice(TEXTS)
    headers, request_id = {}, rng.choice(["id-1", "id-2"])
    if protocol in ("json", "rest-json"):
        headers["x-amzn-RequestId"] = request_id
        body = {rng.choice(["message", "Message"]): message}
        form = rng.randrange(3)
        written = rng.choice(["%s", "com.amazonaws.x#%s"]) % code
        if form == 0 or protocol == "json":
            body["__type"] = written
        elif form == 1:
            headers["x-amzn-errortype"] = code + rng.choice(["", ":http://internal.amazon.com/"])
        else:
            body["code"] = code
        return headers, json.dumps(body)
    error = "<Error><Code>%s</Code><Message>%s</Message>" % (code, escape(message))
    if protocol == "query":
        return headers, "<ErrorResponse>%s</Error><RequestId>%s</RequestId></ErrorResponse>" % \
            (error, request_id)
    if protocol == "ec2":
        return headers, "<Response><Errors>%s</Error></Errors><RequestID>%s</RequestID></Response>" \
            % (error, request_id)
    headers["x-amz-request-id"] = request_id
    if rng.random() < 0.5:
        return headers, "<ErrorResponse>%s</Error><RequestId>%s</RequestId></ErrorResponse>" % \
            (error, request_id)
    return headers, "%s<RequestId>%s</RequestId></Error>" % (error, request_id)


def compare(model, operation, question, answer, parsed):
    if question["status"] >= 300:
        wanted = {"code": parsed["Error"]["Code"], "message": parsed["Error"]["Message"],
                  "request_id": parsed["ResponseMetadata"]["RequestId"]}
        return None if answer == wanted else "error %s, not %s" % (answer, wanted)
    if "error" in answer:
        return answer["error"]
    shape, tree = operation.output_shape, answer["answer"]
    if shape is None:
        # EC2 says <return>true</return> where its model has no answer; nobody reads it.
        said = {"requestId": "r", "return": "true"} if TOOL.protocol_of(model) == "ec2" else {}
        return None if tree == said else "an answer of nothing: %s" % tree
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "structure":
        tree = {payload: tree}
    got = read(shape, tree, TOOL.protocol_of(model) not in ("json", "rest-json"))
    wanted = {k: v for k, v in without_metadata(parsed).items()
              if "location" not in shape.members[k].serialization}
    return None if got == wanted else "answer %s, not %s" % (got, wanted)


def make_case(rng, generator, model, table_name, operation):
    protocol = TOOL.protocol_of(model)
    is_error = rng.random() < 0.3
    if is_error:
        headers, body = error_case(rng, protocol)
    else:
        value = generator.value(operation.output_shape) if operation.output_shape else {}
        headers, body = {}, body_of(model, operation, value)
    question = {"service": table_name, "operation": operation.name, "headers": headers,
                "status": 400 if is_error else 200, "body": body}
    parser = botocore.parsers.create_parser(protocol)
    parsed = parser.parse({"status_code": question["status"], "headers": lower(headers),
                           "body": body.encode(), "context": {}}, operation.output_shape)
    return model, operation, question, parsed


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def main(arguments):
    rng = random.Random(arguments[1] if len(arguments) > 1 else "plinth")
    names, table = botocore_names(TOOL), dict(services())
    generator = Generator(rng)
    cases = []
    for identifier, name in operations():
        model = SESSION.get_service_model(names[identifier])
        for _ in range(ROUNDS):
            cases.append(make_case(rng, generator, model, table[identifier],
                                   model.operation_model(name)))
    answers = ask(arguments[0], [case[2] for case in cases], Element)
    failures = []
    for (model, operation, question, parsed), answer in zip(cases, answers):
        problem = compare(model, operation, question, answer, parsed)
        if problem:
            failures.append("%s\n  %s" % (question, problem))
    finish("answers", len(cases), failures)


if __name__ == "__main__":
    main(sys.argv[1:])
