"""What Schemathesis is told beyond the document: names of channels that there are, since it can only make up others."""

import json
import os

import schemathesis
from hypothesis import strategies

CHANNELS = json.loads(os.environ["API_SCHEMA_CHANNELS"])


@schemathesis.hook
def before_generate_path_parameters(context, strategy):
    """Takes the names of a channel that there is as often as made-up ones."""
    names = [name for name in ("target", "channel") if f"{{{name}}}" in context.operation.path]
    if not names:
        return strategy
    known = strategies.sampled_from(CHANNELS).map(lambda channel: {name: channel[name] for name in names})
    return strategies.one_of(known, strategy)
