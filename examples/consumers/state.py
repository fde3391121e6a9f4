#!/usr/bin/env python3
"""The current state of everything that vaino watches, from the topic `vaino.state` alone. Nothing of vaino is used here.

  pip install -r requirements.txt                      confluent-kafka, and msgpack for kafka.encoding: msgpack
  python3 state.py --brokers 127.0.0.1:9092            prints a line a change, for ever
  python3 state.py --brokers 127.0.0.1:9092 --once     reads to the topic's end and prints what is there, a JSON line each

What there is to know about the topic:
- it is compacted: the last message of a key is what is true of it;
- a key is a resource's, or `scope:` and a scope; `scope:` messages say how fresh the resources of a scope are;
- keys that begin with `partition:` are vaino's own business;
- a message without a value says that its resource is no more;
- `held` marks a resource that a scan has missed together with many others: it may be gone, nobody has confirmed that;
- vaino writes in transactions, so read what is committed.
"""

import argparse
import json
import sys
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition


def read(message):
    """The value of a message; None for a deletion."""
    if message.value() is None:
        return None
    headers = dict(message.headers() or [])
    if headers.get("content-type", b"application/json") == b"application/json":
        return json.loads(message.value())
    import msgpack  # only where kafka.encoding is msgpack

    return msgpack.unpackb(message.value(), ext_hook=exact_number)


def exact_number(code, data):
    """Numbers that neither 64 bits nor a double hold are extension 1: their decimal text."""
    if code != 1:
        raise ValueError(f"an extension of type {code} is none of vaino's")
    return json.loads(data)


class State:
    """The whole of what a consumer has to do."""

    def __init__(self):
        self.resources = {}
        self.scopes = {}

    def apply(self, key, value):
        is_scope = key.startswith("scope:")
        table = self.scopes if is_scope else self.resources
        name = key[len("scope:") :] if is_scope else key
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="vaino.state")
    parser.add_argument("--once", action="store_true")
    flags = parser.parse_args()

    # Partitions are taken by hand and nothing is committed: the state is built from the beginning, whoever asks.
    consumer = Consumer(
        {
            "bootstrap.servers": flags.brokers,
            "group.id": f"vaino-example-{uuid.uuid4()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    topic = consumer.list_topics(flags.topic, timeout=30).topics[flags.topic]
    if topic.error is not None:
        raise KafkaException(topic.error)
    consumer.assign([TopicPartition(flags.topic, partition, OFFSET_BEGINNING) for partition in topic.partitions])

    state = State()
    waiting = set(topic.partitions)
    try:
        while waiting or not flags.once:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error() is not None:
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                waiting.discard(message.partition())
                continue
            if message.key() is None:
                continue
            key = message.key().decode()
            if key.startswith("partition:"):
                continue
            value = read(message)
            state.apply(key, value)
            if not flags.once:
                held = ", held" if value and value.get("held") else ""
                what = "deleted" if value is None else f"version {value.get('version', '-')}{held}"
                print(f"{key}: {what}", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()

    if flags.once:
        for key in sorted(state.resources):
            print(json.dumps(state.resources[key], ensure_ascii=False, separators=(",", ":")))
        print(f"{len(state.resources)} resources, {len(state.scopes)} scopes", file=sys.stderr)


if __name__ == "__main__":
    main()
