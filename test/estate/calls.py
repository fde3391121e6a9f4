"""Makes the AWS calls that standard input lists as JSON, in order: [{"service", "region", "method", "arguments"}].

The first argument is the endpoint. A call that fails ends it with the error.
"""

import json
import sys

import boto3
from botocore.config import Config

endpoint = sys.argv[1]
for call in json.load(sys.stdin):
    client = boto3.client(
        call["service"],
        region_name=call["region"],
        endpoint_url=endpoint,
        aws_access_key_id="example-only",
        aws_secret_access_key="example-only",
        config=Config(retries={"total_max_attempts": 1}),
    )
    getattr(client, call["method"])(**call["arguments"])
