"""Makes the AWS calls that standard input lists as JSON, in order: [{"service", "region", "method", "arguments"}].

The first argument is the endpoint. A call that fails ends it with the error.
"""

import functools
import json
import sys

import boto3
from botocore.config import Config

endpoint = sys.argv[1]


@functools.cache
def client_of(service: str, region: str):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="example-only",
        aws_secret_access_key="example-only",
        config=Config(retries={"total_max_attempts": 1}),
    )


for call in json.load(sys.stdin):
    getattr(client_of(call["service"], call["region"]), call["method"])(**call["arguments"])
