"""Exposition pages: the Accept headers that ask for them, and what is in them by the reference parsers."""

import subprocess
from collections.abc import Iterator

from prometheus_client import parser as classic_parser
from prometheus_client.openmetrics import parser as openmetrics_parser

CLASSIC = "text/plain;version=0.0.4"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

CONTENT_TYPES = {
    CLASSIC: "text/plain; version=0.0.4; charset=utf-8",
    OPENMETRICS: "application/openmetrics-text; version=1.0.0; charset=utf-8",
}

Series = tuple[str, tuple[tuple[str, str], ...]]


def families(text: str) -> list[str]:
    """Names of the families of a text page, by its TYPE lines."""
    return [line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")]


def parsed(accept: str, text: str) -> list:
    """The families of a page as the reference parser of its format reads them; it raises on anything invalid."""
    parser = openmetrics_parser if accept == OPENMETRICS else classic_parser
    return list(parser.text_string_to_metric_families(text))


def series(accept: str, text: str) -> set[Series]:
    """Every series of a page: the name of the sample and its labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in parsed(accept, text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def sample_names(accept: str, text: str) -> dict[str, str]:
    """For each family of a page the name of one of its samples, under which Prometheus stores it."""
    return {family.name: family.samples[0].name for family in parsed(accept, text) if family.samples}


def promtool(page: str) -> str:
    """What `promtool check metrics` has to say about a classic page; nothing if all is well."""
    command = ["promtool", "check", "metrics"]
    result = subprocess.run(command, input=page, text=True, capture_output=True, timeout=60, check=False)
    output = result.stdout + result.stderr
    return output if output or result.returncode == 0 else f"exit code {result.returncode}"


def protobuf_families(body: bytes) -> dict[str, int]:
    """Name and number of metrics of each family in a page of length-delimited MetricFamily messages."""
    found: dict[str, int] = {}
    position = 0
    while position < len(body):
        length, position = varint(body, position)
        message = body[position : position + length]
        if len(message) != length:
            raise ValueError("the last message is cut off")
        position += length
        fields = list(message_fields(message))
        names = [value for number, value in fields if number == 1]
        if len(names) != 1 or not isinstance(names[0], bytes):
            raise ValueError(f"a family has {len(names)} names")
        name = names[0].decode("utf-8")
        if name in found:
            raise ValueError(f"two families are named {name}")
        found[name] = sum(1 for number, _ in fields if number == 4)
    return found


def message_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message, one level deep: number and value."""
    position = 0
    while position < len(message):
        key, position = varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, position = varint(message, position)
            yield number, value
            continue
        if kind == 2:
            length, position = varint(message, position)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field {number} has the unknown wire type {kind}")
        if position + length > len(message):
            raise ValueError(f"field {number} is cut off")
        yield number, message[position : position + length]
        position += length


def varint(data: bytes, position: int) -> tuple[int, int]:
    """A variable-length integer and the position behind it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
