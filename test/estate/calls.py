"""Makes the AWS calls that standard input lists as JSON, in order:

    {"calls": [{"service", "region", "method", "arguments", "save"}], "known": {NAME: VALUE}}

`save`, which may be absent, gives names to members of the answer, by their paths: {"vpc": "Vpc.VpcId"}. In the arguments of later calls
`<vpc>` is that value, and `{"base64": TEXT}` are bytes. Prints what is known at the end as JSON. The first argument is the endpoint, the second the access key. A call that
fails ends it with the error.
"""

import base64
import functools
import json
import re
import sys

import boto3
from botocore.config import Config

endpoint, access_key = sys.argv[1:]


@functools.cache
def client_of(service: str, region: str):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key="example-only",
        config=Config(retries={"total_max_attempts": 1}),
    )


def member(answer: object, path: str) -> object:
    for name in path.split("."):
        answer = answer[int(name)] if isinstance(answer, list) else answer[name]
    return answer


def filled(value: object) -> object:
    if isinstance(value, str):
        return re.sub(r"<([a-z0-9_-]+)>", lambda found: known.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [filled(one) for one in value]
    if isinstance(value, dict) and list(value) == ["base64"]:
        return base64.b64decode(value["base64"])
    if isinstance(value, dict):
        return {name: filled(one) for name, one in value.items()}
    return value


given = json.load(sys.stdin)
known = given["known"]
for call in given["calls"]:
    arguments = filled(call["arguments"])
    answer = getattr(client_of(call["service"], call["region"]), call["method"])(**arguments)
    for name, path in call.get("save", {}).items():
        known[name] = member(answer, path)
print(json.dumps(known))
