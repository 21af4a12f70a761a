#!/usr/bin/env python3
"""endpoints_differential.py DRIVER: hosts and signing regions against botocore's rule sets.

All services of services.def, in regions of every partition, with FIPS and without.
"""
import os
import re
import sys

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from interop import SESSION, SOURCE, ask, finish
from tables import botocore_names, ops_row, services

REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2", "af-south-1", "il-central-1",
           "mx-central-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1",
           "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
           "xx-future-9"]
ACCOUNT = "111122223333"
LOADER = SESSION.get_component("data_loader")
PARTITIONS = LOADER.load_data("partitions")
# Partitions without FIPS: plinth says so for every service, botocore's rule sets only for some.
NO_FIPS = ("cn-north-1", "cn-northwest-1")


def expected(provider, parameters, service, region, fips):
    values = {"Region": region, "UseFIPS": fips, "UseDualStack": False, "UseGlobalEndpoint": False,
              "ForcePathStyle": True, "AccountId": ACCOUNT, "RequiresAccountId": True}
    # With path style the bucket is in ops.def's path; S3's rules without a bucket are for accounts.
    if service == "s3":
        values["Bucket"] = "plinth-bucket"
    if fips and region in NO_FIPS:
        return "error"
    try:
        endpoint = provider.resolve_endpoint(**{k: v for k, v in values.items() if k in parameters})
    except EndpointProviderError as error:
        return "error: %s" % error
    schemes = endpoint.properties.get("authSchemes", [{}])
    url = endpoint.url.removesuffix("/plinth-bucket")
    return url, schemes[0].get("signingRegion", region)


def check_regions():
    """The regions of regions.def are botocore's."""
    with open(os.path.join(SOURCE, "src", "aws", "regions.def")) as lines:
        ours = set(re.findall(r'^REGION\("([^"]+)"\)', lines.read(), re.M))
    theirs = {name for partition in PARTITIONS["partitions"] for name in partition["regions"]
              if not name.endswith("-global")}
    return ["regions.def differs in %s" % name for name in sorted(ours ^ theirs)]


def main(arguments):
    names = botocore_names(ops_row())
    questions, wanted = [], []
    for identifier, name in services():
        rules = LOADER.load_service_model(names[identifier], "endpoint-rule-set-1")
        provider = EndpointProvider(rules, PARTITIONS)
        for region in REGIONS:
            for fips in (False, True):
                questions.append({"service": name, "region": region, "fips": fips,
                                  "account": ACCOUNT})
                wanted.append(expected(provider, rules["parameters"], names[identifier], region,
                                       fips))
    failures = check_regions()
    for question, answer, want in zip(questions, ask(arguments[0], questions), wanted):
        got = "error" if "error" in answer else (answer["url"], answer["region"])
        if got != want:
            failures.append("%s\n  plinth   %s\n  botocore %s" % (question, answer, want))
    finish("endpoints", len(questions), failures)


if __name__ == "__main__":
    main(sys.argv[1:])
