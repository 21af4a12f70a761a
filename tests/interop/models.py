#!/usr/bin/env python3
"""models.py FOLDER: what tests recorded there (see sim/recorder.h), held against botocore's models.

A request must be of an operation that the model has, by protocol, method and URI, with its required
members and no other, of the right types, within their enums, bounds and patterns.  An answer must
have the model's status and members, or an error that the operation declares, and botocore's own
parsers must read it back whole.  Errors that AWS documents but no model declares are listed with
their source in undeclared.json.  Nothing unknown passes.

Then it proves itself: exchanges that passed are made wrong, one member at a time, and each of these
must be caught.
"""
import base64
import collections
import copy
import glob
import json
import os
import re
import sys
import urllib.parse

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

import wire
from interop import SESSION
from tables import botocore_names, operations, ops_row, services

TOOL = ops_row()
NAMES = botocore_names(TOOL)
SERVICES = [NAMES[service] for service, _ in services()]
MODELS = {name: SESSION.get_service_model(name) for name in SERVICES}
OURS = {"%s.%s" % (NAMES[service], name) for service, name in operations()}
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "undeclared.json")) as listed:
    UNDECLARED = json.load(listed)
wire.UNDECLARED_VALUES = UNDECLARED["values"]
SHOWN = 100

# Headers of AWS's protocols that are members of no operation.
PROTOCOL_HEADERS = re.compile(
    r"x-amz-(date|content-sha256|security-token|target|user-agent|sdk-.*|checksum-.*|trailer|"
    r"decoded-content-length|id-2|request-id|te)|x-amzn-(requestid|errortype|trace-id|query-.*)|"
    r"amz-sdk-.*")


class Exchange:
    def __init__(self, line, source):
        record = json.loads(line)
        self.source = source
        self.method, self.url = record["method"], record["url"]
        self.headers, self.status = record["headers"], record["status"]
        self.body = base64.b64decode(record["body"])
        self.answer_headers = record["answer_headers"]
        self.answer = base64.b64decode(record["answer_body"])
        lower = {name.lower(): value for name, value in self.headers.items()}
        self.target = lower.get("x-amz-target")
        scope = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", lower.get("authorization", ""))
        parts = urllib.parse.urlsplit(self.url)
        self.path, self.host = parts.path, parts.netloc
        self.query = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        self.signing_name = scope.group(1) if scope else self.host.split(".")[0]
        if self.signing_name.startswith("127") or self.signing_name == "localhost":
            self.signing_name = "sts" # the only service of ours that takes calls without a signature


# --- Which operation --------------------------------------------------------------------------------

def candidates(exchange):
    return [(name, model) for name, model in MODELS.items() if exchange.signing_name in
            (model.signing_name, model.metadata.get("endpointPrefix"), name)]


def match_uri(pattern, exchange):
    """(how exact, labels), or None."""
    path, _, query = pattern.partition("?")
    literals = urllib.parse.parse_qs(query, keep_blank_values=True)
    for key, values in literals.items():
        if key not in exchange.query or values != [""] and exchange.query[key] != values:
            return None
    regex = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)",
                   re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", re.escape(path.rstrip("/"))))
    found = re.fullmatch(regex + "/?", exchange.path)
    if not found:
        return None
    labels = {key: urllib.parse.unquote(value) for key, value in found.groupdict().items()}
    return (100 * len(literals) + len(re.sub(r"\{[^}]*\}", "", path)), labels, set(literals))


def is_complete(operation, exchange):
    """Whether the members are there that tell operations of one URI apart."""
    shape, headers = operation.input_shape, {name.lower() for name in exchange.headers}
    for name in shape.required_members if shape else ():
        serialized = shape.members[name].serialization
        wire_name = serialized.get("name", name)
        if serialized.get("location") == "header" and wire_name.lower() not in headers or \
                serialized.get("location") == "querystring" and wire_name not in exchange.query:
            return False
    return True


def resolve(exchange):
    """(service, operation model, labels, literals of the query), or None."""
    if exchange.target:
        prefix, _, name = exchange.target.rpartition(".")
        for service, model in candidates(exchange):
            if model.metadata.get("targetPrefix") == prefix and name in model.operation_names:
                return service, model.operation_model(name), {}, set()
        return None
    best = None
    for service, model in candidates(exchange):
        protocol = TOOL.protocol_of(model)
        if protocol in ("query", "ec2"):
            form = urllib.parse.parse_qs(exchange.body.decode(errors="replace"))
            if form.get("Version") == [model.api_version] and \
                    form.get("Action", [""])[0] in model.operation_names:
                return service, model.operation_model(form["Action"][0]), {}, set()
        elif protocol.startswith("rest"):
            for name in model.operation_names:
                operation = model.operation_model(name)
                found = match_uri(operation.http["requestUri"], exchange)
                if not found or operation.http["method"] != exchange.method or operation.deprecated:
                    continue
                rank = (is_complete(operation, exchange), found[0])
                if best is None or rank > best[0]:
                    best = (rank, service, operation, found[1], found[2])
    return best[1:] if best else None


# --- The request ------------------------------------------------------------------------------------

def request_members(exchange, service, operation, labels, literals, problems):
    shape = operation.input_shape
    protocol = TOOL.protocol_of(MODELS[service])
    if protocol in ("query", "ec2"):
        form = wire.form_of(exchange.body, problems)
        used = {"Action", "Version"}
        members = wire.form_value(shape, form, "", used, "request", problems, protocol == "ec2") \
            if shape else {}
        problems.extend("request: %s is unknown" % name for name in form if name not in used)
        return members
    if protocol == "json":
        if shape is None:
            return {}
        document = wire.json_document(exchange.body, "request", problems)
        return wire.json_value(shape, document, "request", problems)
    if shape is None:
        return {}
    members, used = wire.uri_members(shape, labels, exchange.query, problems)
    maps = [name for name, member in shape.members.items()
            if member.serialization.get("location") == "querystring" and member.type_name == "map"]
    problems.extend("request: ?%s is unknown" % name for name in exchange.query
                    if name not in used | literals | {"x-id"} and not maps)
    found, used = wire.header_members(shape, exchange.headers, "request", problems)
    members.update(found)
    problems.extend("request: header %s is unknown" % name for name in map(str.lower, exchange.headers)
                    if name.startswith("x-amz") and name not in used and
                    not PROTOCOL_HEADERS.fullmatch(name))
    members.update(body_members(shape, exchange.body, protocol, "request", problems))
    return members


def body_members(shape, body, protocol, place, problems):
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return {payload: body} if body else {}
    inner = shape.members[payload] if payload else shape
    if not any("location" not in member.serialization for member in inner.members.values()) or not body:
        if body not in (b"", b"{}"):
            problems.append("%s: a body that the model does not have" % place)
        return {}
    if protocol == "rest-json":
        value = wire.json_value(inner, wire.json_document(body, place, problems), place, problems, True)
    else:
        root = wire.xml_document(body, place, problems)
        if root is None:
            return {}
        name = inner.serialization.get("name")
        if place == "request" and name and wire.local(root.tag) != name:
            problems.append("%s: <%s> where <%s> belongs" % (place, wire.local(root.tag), name))
        value = wire.xml_structure(inner, root, place, problems)
    return {payload: value} if payload else value


def check_required(shape, value, place, problems):
    """What the model requires, in the whole tree of members."""
    if value is None:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        wire.check_members(shape, value, place, problems)
        for name, item in value.items():
            if name in shape.members:
                check_required(shape.members[name], item, "%s.%s" % (place, name), problems)
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            check_required(shape.member, item, place + "[]", problems)
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, item in value.items():
            check_required(shape.value, item, "%s[%s]" % (place, key), problems)


def check_request(exchange, service, operation, labels, literals):
    problems = []
    members = request_members(exchange, service, operation, labels, literals, problems)
    if operation.input_shape is not None:
        check_required(operation.input_shape, members, "request", problems)
    return problems


# --- The answer -------------------------------------------------------------------------------------

def leaves(value):
    if isinstance(value, dict):
        return sum(leaves(item) for item in value.values())
    if isinstance(value, list):
        return sum(leaves(item) for item in value)
    return 0 if value is None else 1


def answer_members(exchange, service, operation, problems):
    shape = operation.output_shape
    protocol = TOOL.protocol_of(MODELS[service])
    if protocol == "json":
        document = wire.json_document(exchange.answer, "answer", problems)
        return wire.json_value(shape, document, "answer", problems) if shape else {}
    if protocol in ("query", "ec2"):
        root = wire.xml_document(exchange.answer, "answer", problems)
        if root is None:
            return {}
        if wire.local(root.tag) != operation.name + "Response":
            problems.append("answer: <%s>" % wire.local(root.tag))
        if shape is None:
            known = {"requestId", "return"} if protocol == "ec2" else {"ResponseMetadata"}
            problems.extend("answer.%s: there is no answer" % wire.local(child.tag) for child in root
                            if wire.local(child.tag) not in known)
            return {}
        wrapper = shape.serialization.get("resultWrapper")
        if wrapper:
            inner = [child for child in root if wire.local(child.tag) == wrapper]
            extra = {wire.local(child.tag) for child in root} - {wrapper, "ResponseMetadata"}
            if len(inner) != 1 or extra:
                problems.append("answer: <%s> should hold one %s" % (wire.local(root.tag), wrapper))
                return {}
            root = inner[0]
        return wire.xml_structure(shape, root, "answer", problems, ("requestId", "ResponseMetadata"))
    if shape is None:
        return {}
    members, used = wire.header_members(shape, exchange.answer_headers, "answer", problems)
    problems.extend("answer: header %s is unknown" % name
                    for name in map(str.lower, exchange.answer_headers)
                    if name.startswith("x-amz") and name not in used and
                    not PROTOCOL_HEADERS.fullmatch(name))
    for name, member in shape.members.items():
        if member.serialization.get("location") == "statusCode":
            members[name] = exchange.status
    members.update(body_members(shape, exchange.answer, protocol, "answer", problems))
    return members


def check_parsed(exchange, service, operation, members, problems):
    """botocore's parser finds as many values as the walk did."""
    shape = operation.output_shape
    parser = create_parser(TOOL.protocol_of(MODELS[service]))
    payload = shape.serialization.get("payload") if shape else None
    if payload and getattr(shape.members[payload], "is_streaming", False) or \
            payload and shape.members[payload].serialization.get("streaming"):
        return
    parsed = parser.parse({"status_code": exchange.status, "body": exchange.answer,
                           "headers": HeadersDict(exchange.answer_headers)}, shape)
    parsed.pop("ResponseMetadata", None)
    if leaves(parsed) != leaves(members):
        problems.append("answer: botocore reads %d values of %d" % (leaves(parsed), leaves(members)))


def declared_errors(operation, service):
    out = {}
    for shape in operation.error_shapes:
        trait = shape.metadata.get("error", {})
        out[trait.get("code", shape.name)] = trait.get("httpStatusCode")
        out.setdefault(shape.name, trait.get("httpStatusCode"))
    for scope in ("*", service):
        for codes in UNDECLARED["errors"].get(scope, {}).values():
            for code in codes:
                out.setdefault(code, None)
    return out


def check_error(exchange, service, operation, problems):
    protocol = TOOL.protocol_of(MODELS[service])
    if exchange.method == "HEAD":
        return # an error without a body
    parsed = create_parser(protocol).parse(
        {"status_code": exchange.status, "body": exchange.answer,
         "headers": HeadersDict(exchange.answer_headers)},
        operation.output_shape)
    code = parsed.get("Error", {}).get("Code", "")
    if exchange.status >= 500 and code in ("InternalError", "InternalFailure", "ServiceUnavailable",
                                           "InternalServerError", "ServiceUnavailableException"):
        return
    declared = declared_errors(operation, service)
    if code not in declared:
        problems.append("answer: error %s is not declared" % (code or "without a code"))
    elif declared[code] not in (None, exchange.status):
        problems.append("answer: error %s has status %d, not %d" % (code, declared[code], exchange.status))
    else:
        check_error_members(exchange, operation, code, protocol, problems)


def check_error_members(exchange, operation, code, protocol, problems):
    shape = next((shape for shape in operation.error_shapes
                  if code in (shape.name, shape.metadata.get("error", {}).get("code"))), None)
    if shape is None or protocol not in ("json", "rest-json"):
        return
    for key, value in wire.json_document(exchange.answer, "answer", problems).items():
        names = {name.lower(): member for name, member in shape.members.items()}
        if key in ("__type", "message", "Message"):
            continue
        if key.lower() not in names:
            problems.append("answer: error %s has no member %s" % (code, key))
        else:
            wire.json_value(names[key.lower()], value, "answer.%s" % key, problems, protocol == "rest-json")


def check_answer(exchange, service, operation):
    problems = []
    if exchange.status == 0:
        return problems # it was lost on the way
    if exchange.status >= 300:
        check_error(exchange, service, operation, problems)
        return problems
    wanted = operation.http.get("responseCode", 200)
    # Where S3's models say nothing, its API reference has 204 for what deletes or has no body.
    if exchange.status != wanted and (service not in ("s3", "s3control") or exchange.status != 204):
        problems.append("answer: status %d, not %d" % (exchange.status, wanted))
    members = answer_members(exchange, service, operation, problems)
    if operation.output_shape is not None:
        check_required(operation.output_shape, members, "answer", problems)
    if not problems:
        check_parsed(exchange, service, operation, members, problems)
    return problems


def check(exchange, crafted):
    """(operation as SERVICE.Name or None, problems).  Crafted requests are of tests of the simulator
    that are wrong on purpose: one that no client of AWS could send is not judged."""
    found = resolve(exchange)
    if found is None:
        return None, [] if crafted else ["no such operation"]
    service, operation, labels, literals = found
    problems = check_request(exchange, service, operation, labels, literals)
    if not crafted or not problems:
        problems += check_answer(exchange, service, operation)
    elif crafted:
        problems = []
    return "%s.%s" % (service, operation.name), problems


# --- The proof --------------------------------------------------------------------------------------

def spoilt(value):
    """Copies of a JSON document with one thing wrong each."""
    for key in list(value):
        renamed = {("Xx" + name if name == key else name): item for name, item in value.items()}
        yield "renamed " + key, renamed
        wrong = copy.deepcopy(value)
        wrong[key] = 7 if isinstance(value[key], (str, dict, list, bool)) else {"x": "y"}
        yield "wrong type of " + key, wrong


def spoil(exchange, operation):
    """(what was done, a copy that must be caught)."""
    def with_(**changes):
        other = copy.copy(exchange)
        other.__dict__.update(changes)
        return other

    for side in ("body", "answer"):
        raw = getattr(exchange, side)
        if is_opaque(operation, side):
            continue
        if raw[:1] == b"{":
            for what, document in spoilt(json.loads(raw)):
                yield "%s: %s" % (side, what), with_(**{side: json.dumps(document).encode()})
        elif raw[:1] == b"<":
            root = re.search(rb"<(\w+)[ >/]", raw).group(1)
            # No model names the root of an answer in REST; the others have no members.
            for tag in sorted(set(re.findall(rb"</(\w+)>", raw)) -
                              {root, b"requestId", b"RequestId", b"ResponseMetadata"}):
                changed = re.sub(rb"<(/?)%s([ >])" % tag, rb"<\1Xx%s\2" % tag, raw)
                yield "%s: renamed %s" % (side, tag.decode()), with_(**{side: changed})
        elif b"Action=" in raw:
            for name in re.findall(rb"&([A-Za-z][\w.]*)=", raw):
                if name != b"Version":
                    yield "%s: renamed %s" % (side, name.decode()), \
                        with_(body=raw.replace(b"&%s=" % name, b"&Xx%s=" % name))
    if exchange.method != "HEAD":
        yield "status", with_(status=299)
        yield "an error that nothing declares", with_(
            status=400, answer_headers={"x-amzn-ErrorType": "NoSuchThingXxException",
                                        "Content-Type": "application/json"},
            answer=b'{"message":"x"}' if exchange.answer[:1] != b"<" else
            b"<ErrorResponse><Error><Code>NoSuchThingXx</Code><Message>x</Message></Error></ErrorResponse>")


def is_opaque(operation, side):
    """Its body is text to the model, such as a bucket's policy."""
    shape = operation.input_shape if side == "body" else operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    return bool(payload) and shape.members[payload].type_name in ("blob", "string")


def prove(samples):
    missed, made = [], collections.Counter()
    for name, exchange in sorted(samples.items()):
        service, _, operation = name.partition(".")
        protocol = TOOL.protocol_of(MODELS[service])
        for what, wrong in spoil(exchange, MODELS[service].operation_model(operation)):
            made[protocol] += 1
            if not check(wrong, False)[1]:
                missed.append("%s: not caught: %s" % (name, what))
    return missed, made


# --- All of it --------------------------------------------------------------------------------------

def read(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        source = os.path.basename(path).split("-")[0]
        with open(path) as lines:
            for line in lines:
                yield Exchange(line, source)


def main(folder):
    found, sources, examined, samples = collections.OrderedDict(), {}, collections.Counter(), {}
    seen = set()
    for exchange in read(folder):
        examined[exchange.source] += 1
        crafted = exchange.source in ("sim", "boto3")
        name, problems = check(exchange, crafted)
        if name not in OURS and exchange.status >= 400:
            continue # somebody else's client asks for what the simulator does not have, and says so
        for problem in problems:
            key = (name or "%s %s" % (exchange.method, exchange.path), re.sub(r"\d+", "0", problem))
            found.setdefault(key, [problem, 0, exchange.source])[1] += 1
        if name and not crafted:
            seen.add(name)
            if not problems and 200 <= exchange.status < 300:
                samples.setdefault(name, exchange)
                sources.setdefault(name, exchange.source)
    missed, made = prove(samples)
    for (name, _), (problem, count, source) in list(found.items())[:SHOWN]:
        print("%s: %s (%d times, first by %s)" % (name, problem, count, source))
    for line in missed[:SHOWN]:
        print(line)
    print("not exercised: %s" % (", ".join(sorted(OURS - seen)) or "none"))
    print("models: %d operations in ops.def, %d exercised, %d validated; %s exchanges; %d violations" % (
        len(OURS), len(OURS & seen), len(OURS & set(samples)),
        " + ".join("%d %s" % (count, source) for source, count in sorted(examined.items())), len(found)))
    print("proof: %s made wrong, %d not caught" % (
        ", ".join("%d %s" % (count, protocol) for protocol, count in sorted(made.items())), len(missed)))
    return 1 if found or missed or not samples else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
