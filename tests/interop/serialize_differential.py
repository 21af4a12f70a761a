#!/usr/bin/env python3
"""serialize_differential.py DRIVER [SEED]: plinth's requests against botocore's serializer.

Parameters are generated from the models of all operations of ops.def: required members alone, all
members, and random choices of them, with awkward text.  botocore gets them by their Python names and
types, plinth by wire names and as JSON; the conversion follows the models and knows neither.
"""
import base64
import datetime
import json
import random
import sys
import xml.etree.ElementTree
from email.utils import formatdate
from urllib.parse import parse_qsl, urlsplit

import botocore.serialize

from interop import SESSION, ask, finish
from tables import botocore_names, operations, ops_row, services

TOOL = ops_row()
ROUNDS = 14
TEXTS = ["plain", "two words", "ünïcode 日本", "a&b=c+d%", "<xml> \"quoted\" 'text'", "a/b:c",
         "arn:aws:iam::111122223333:role/x", "{\"Version\": \"2012-10-17\"}", "line\nbreak", "*"]
LABELS = ["plain", "12abc", "arn:aws:guardduty:eu-west-1:111122223333:detector/12abc", "with space",
          "ü", "a+b"]
HEADER_TEXTS = ["plain", "two words", "111122223333"]
MOMENT = datetime.datetime(2026, 11, 24, 14, 17, 21, tzinfo=datetime.timezone.utc)


class Generator:
    """Values in botocore's types."""

    def __init__(self, rng):
        self.rng = rng

    def structure(self, shape, keep, depth=0):
        members = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") == "headers":
                continue # metadata of objects: the tables say that no row has it
            if name in shape.required_members or self.rng.random() < keep:
                if depth < 4 or name in shape.required_members:
                    members[name] = self.value(member, keep, depth + 1)
        return members

    def value(self, shape, keep, depth):
        kind = shape.type_name
        location = shape.serialization.get("location")
        if kind == "structure":
            return self.structure(shape, keep, depth)
        if kind == "list":
            least = 1 if location else 0
            count = self.rng.randrange(least, 4)
            if location == "header":
                return [self.rng.choice(HEADER_TEXTS) for _ in range(count)]
            return [self.value(shape.member, keep, depth + 1) for _ in range(count)]
        if kind == "map":
            return {"key %d" % i: self.value(shape.value, keep, depth + 1)
                    for i in range(self.rng.randrange(3))}
        return self.scalar(shape, kind, location)

    def scalar(self, shape, kind, location):
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "long"):
            return self.rng.choice([0, 1, 20, 1000000])
        if kind in ("float", "double"):
            return self.rng.choice([0.5, 2.25, 100.0])
        if kind == "timestamp":
            return MOMENT
        if kind == "blob":
            return self.rng.choice(TEXTS).encode()
        if shape.serialization.get("hostLabel"):
            return "111122223333"
        if shape.enum and self.rng.random() < 0.8:
            return self.rng.choice(shape.enum)
        texts = {"uri": LABELS, "header": HEADER_TEXTS}.get(location, TEXTS)
        return self.rng.choice(texts)


def timestamp(value, form):
    if form == "unixtimestamp":
        return int(value.timestamp())
    if form == "rfc822":
        return formatdate(value.timestamp(), usegmt=True)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def on_the_wire(shape, value, protocol, default, is_payload=False):
    """A value as plinth's callers write it."""
    kind = shape.type_name
    if kind == "structure":
        return {wire_name(name, shape.members[name], protocol):
                on_the_wire_list(shape.members[name], item, protocol, default)
                for name, item in value.items()}
    if kind == "list":
        return [on_the_wire(shape.member, item, protocol, default) for item in value]
    if kind == "map":
        return {key: on_the_wire(shape.value, item, protocol, default) for key, item in value.items()}
    if kind == "timestamp":
        return timestamp(value, shape.serialization.get("timestampFormat", default))
    if kind == "blob" and not is_payload:
        return base64.b64encode(value).decode()
    return value.decode() if isinstance(value, bytes) else value


def on_the_wire_list(shape, value, protocol, default):
    """In XML the items of a list that is not flattened stand in an element of their own."""
    converted = on_the_wire(shape, value, protocol, default)
    if protocol == "rest-xml" and shape.type_name == "list" and not shape.serialization.get("flattened"):
        return {shape.member.serialization.get("name", "member"): converted}
    return converted


def wire_name(name, member, protocol):
    if protocol == "ec2":
        return member.serialization.get("queryName") or member.serialization.get("name", name)
    return member.serialization.get("name", name)


def wire_params(shape, params, protocol):
    default = {"json": "unixtimestamp", "rest-json": "unixtimestamp"}.get(protocol, "iso8601")
    payload = shape.serialization.get("payload") if shape else None
    out = {}
    for name, value in params.items():
        member = shape.members[name]
        where = member.serialization.get("location")
        form = {"header": "rfc822", "querystring": "iso8601", "uri": "iso8601"}.get(where, default)
        out[wire_name(name, member, protocol)] = on_the_wire(member, value, protocol, form,
                                                             name == payload)
    return out


def xml_tree(text):
    def tree(element):
        return element.tag, (element.text or "") if len(element) == 0 else "", [tree(e) for e in element]
    return tree(xml.etree.ElementTree.fromstring(text)) if text else None


def body_value(body, protocol):
    """What a body says; two that say the same are equal."""
    if protocol in ("query", "ec2"):
        return dict(parse_qsl(body, keep_blank_values=True)) if isinstance(body, str) else body
    text = body if isinstance(body, str) else body.decode()
    try:
        return json.loads(text) if protocol in ("json", "rest-json") and text else text
    except ValueError:
        return text


def as_text(form):
    """The values of a form; 100.0 is written as 100."""
    return {k: "%d" % v if isinstance(v, float) and v == int(v) else str(v) for k, v in form.items()}


def compare(model, operation, question, answer, request):
    """What differs; None if nothing does."""
    protocol = TOOL.protocol_of(model)
    if "error" in answer:
        return answer["error"]
    got, url = urlsplit(answer["url"]), urlsplit(request["url_path"])
    if answer["method"] != request["method"]:
        return "method %s" % answer["method"]
    if got.path != url.path:
        return "path %s, not %s" % (got.path, url.path)
    query = parse_qsl(url.query, keep_blank_values=True) + [(k, "") for k in url.query.split("&")
                                                           if k and "=" not in k and
                                                           not parse_qsl(url.query, True)]
    for key, value in (request["query_string"] or {}).items():
        query += [(key, str(item)) for item in (value if isinstance(value, list) else [value])]
    if sorted(parse_qsl(got.query, keep_blank_values=True)) != sorted(query):
        return "query %s, not %s" % (got.query, query)
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    for name, value in request["headers"].items():
        if name == "x-amzn-query-mode":
            continue  # asks for the codes of the query protocol, which plinth reads if they come
        if headers.get(name.lower()) != str(value):
            return "header %s: %s, not %s" % (name, headers.get(name.lower()), value)
    ours = set(headers) - {name.lower() for name in request["headers"]}
    if ours - {"content-type", "content-md5"}:
        return "headers of our own: %s" % ours
    body, wanted = answer["body"], request["body"]
    if headers.get("content-type") == "application/xml":
        wanted = wanted.decode() if isinstance(wanted, bytes) else wanted
        return None if xml_tree(body) == xml_tree(wanted) else "body %s, not %s" % (body, wanted)
    if isinstance(wanted, dict):
        wanted = as_text(wanted)
    body, wanted = body_value(body, protocol), body_value(wanted, protocol)
    return None if body == wanted else "body %s, not %s" % (body, wanted)


def main(arguments):
    rng = random.Random(arguments[1] if len(arguments) > 1 else "plinth")
    names, table = botocore_names(TOOL), dict(services())
    generator = Generator(rng)
    cases = []
    for identifier, name in operations():
        model = SESSION.get_service_model(names[identifier])
        operation = model.operation_model(name)
        serializer = botocore.serialize.create_serializer(TOOL.protocol_of(model), False)
        shape = operation.input_shape
        for round_number in range(ROUNDS):
            keep = {0: 0.0, 1: 1.0}.get(round_number, rng.random())
            params = generator.structure(shape, keep) if shape else {}
            request = serializer.serialize_to_request(params, operation)
            question = {"service": table[identifier], "operation": name,
                        "params": wire_params(shape, params, TOOL.protocol_of(model))}
            cases.append((model, operation, question, request))
    answers = ask(arguments[0], [case[2] for case in cases])
    failures = []
    for (model, operation, question, request), answer in zip(cases, answers):
        problem = compare(model, operation, question, answer, request)
        if problem:
            failures.append("%s\n  %s" % (question, problem))
    finish("serialize", len(cases), failures)


if __name__ == "__main__":
    main(sys.argv[1:])
