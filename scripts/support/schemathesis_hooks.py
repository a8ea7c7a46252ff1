"""What schemathesis has to know of Daybook: how NDJSON is written, what a filter is, what there is on the server, and which
refusals /openapi.json cannot foretell."""

import base64
import json
import os
import re
import struct
import zlib

import requests
import schemathesis
from hypothesis import strategies as st

URL = os.environ["DAYBOOK_URL"]
EVENT = "01a1fdbda6f47970b178968944ae7030"
REGISTRATION = {"name": "work", "filter": "topic = job.*", "delivery": "pull", "start": "earliest"}


# --- NDJSON ----------------------------------------------------------------------------------------------------------

@schemathesis.serializer("application/x-ndjson", "application/ndjson")
def write_lines(context, value):
    if not isinstance(value, list):
        return json.dumps(value).encode()
    return b"".join(json.dumps(line).encode() + b"\n" for line in value)


@schemathesis.deserializer("application/x-ndjson")
def read_lines(context, response):
    return [json.loads(line) for line in response.content.splitlines() if line]


# --- Values that only Daybook's grammar tells -----------------------------------------------------------------------------

NAMES = ["sender", "senderType", "user", "project", "summary.frame", 'metadata."odd name"', "payload.total"]
VALUES = st.sampled_from(["a", "job.*", '"two words"', "17.50", "true", "sq010"])
CONDITIONS = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(NAMES), st.sampled_from(["=", "!="]), VALUES),
    st.builds("{} ~ {}".format, st.sampled_from(NAMES), st.sampled_from(["a*", '"two words"', "(a, *b)"])),
    st.builds("topic {} {}".format, st.sampled_from(["=", "!=", "~"]), st.sampled_from(["job.one", "job.*", "*"])),
    st.builds("{} in ({}, {})".format, st.sampled_from(NAMES[:4]), VALUES, VALUES),
    st.builds("{} is {}".format, st.sampled_from(NAMES), st.sampled_from(["null", "not null"])),
    st.builds("retries {} {}".format, st.sampled_from(["<", ">=", "="]), st.integers(0, 9)))
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner), st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner)),
    max_leaves=6)
schemathesis.openapi.format("daybook-filter", FILTERS)
schemathesis.openapi.format("daybook-scope", st.builds(
    lambda permissions, rest: ",".join(permissions) + rest,
    st.lists(st.sampled_from(["publish", "change", "read", "enroll", "replay", "admin"]), min_size=1, unique=True),
    st.sampled_from(["", " topics=entity.*,log.*", " projects=demo_*,-", " topics=a projects="])))
# As `nextCursor` is: version, order, both times, offset, partition and stream.
CURSORS = st.builds(
    lambda order, time, offset: base64.urlsafe_b64encode(
        struct.pack("<BBqqqi", 1, order, time, time, offset, 0) + b"daybook.render").rstrip(b"=").decode(),
    st.integers(0, 1), st.integers(0, 2**51), st.integers(0, 9))
schemathesis.openapi.format("daybook-cursor", CURSORS)


# --- What there is --------------------------------------------------------------------------------------------------------

KNOWN = {"id": (r"[0-9a-f]{32}", EVENT), "name": (r"[A-Za-z0-9._-]+", REGISTRATION["name"]),
         "position": (r"[^:;/]+:[0-9]{1,9}:[0-9]{1,18}", os.environ["DAYBOOK_DEAD_LETTER"])}


BATCHES = ["application/x-ndjson", "application/ndjson", "application/cloudevents-batch+json"]


@schemathesis.hook
def map_case(context, case):
    """Half of those that name something name what there is; made by the value itself, so that a seed tells all."""
    for name, (form, known) in KNOWN.items():
        value = (case.path_parameters or {}).get(name)
        if isinstance(value, str) and re.fullmatch(form, value) and zlib.crc32(value.encode()) % 2:
            case.path_parameters[name] = known
    # It goes with single events only; with these nothing else would be looked at.
    if case.media_type in BATCHES and case.headers:
        case.headers.pop("Idempotency-Key", None)
    return case


@schemathesis.hook
def before_call(context, case, kwargs):
    # A case before this one may have deleted it.
    if (case.path_parameters or {}).get("name") == REGISTRATION["name"]:
        requests.post(
            f"{URL}/api/registrations", json=REGISTRATION, headers={"x-api-key": os.environ["DAYBOOK_KEY"]}, timeout=20)


@schemathesis.hook
def filter_case(context, case):
    """A replay that follows has no end, and is no event stream, whose beginning is looked at: HistoryAndReplayTests has it."""
    return not (case.operation.path == "/api/replay" and "follow" in (case.query or {}))


# --- What the document cannot say ---------------------------------------------------------------------------------------------

REFUSALS = [
    ("is no position: |is no id that this stream gave|or positions|what a replay gave", "a vector names no partition twice"),
    ("nothing was stored, since", "with atomic one item decides over the others"),
    ("idempotency key was used before", "it depends on the requests before"),
    ("U\\+0000 is not allowed|has no control characters", "its bounds make names of these, whatever is told it"),
    ("cursor is of a page in the other order", "one parameter rules another out"),
    ("there is no partition|is not stored: |there is no record at|is outside what is stored", "positions are of this form, and only the log has those that there are"),
    ("data and data_base64 exclude each other", "one member rules another out"),
    ("retryAfterSeconds: makes no sense with permanent", "one member rules another out"),
    ("give either payload or payloadBase64", "one member rules another out"),
    ("must be 1 with sequential", "one member rules another out"),
    ("excludes 'to'", "one parameter rules another out"),
    ("target: is needed with sourceTopic", "one parameter needs another"),
    ("check: \\w+ needs a summary", "one member needs another"),
    ("must be a string when", "what a member holds depends on another"),
    ("data must be a string when datacontenttype", "what a member holds depends on another"),
    ("maximumDelaySeconds: must be at least the initial delay", "one number is bounded by another"),
    ("submission is only for|an attribute can only be named with", "what a member holds depends on another"),
    ("is given twice", "no name twice, in a list of names and of objects with names"),
    ("\\] /api/registrations[^:]*: settings", "whether a delivery can be made is up to the server's settings"),
    ("(ce_summary|ce_metadata|ce_attributevalue) is no", "JSON in a string has to be JSON"),
    ("Idempotency-Key: is for", "one header goes with some bodies only"),
    ("bytes; \\d+ at most", "lengths are counted in bytes, JSON Schema counts characters"),
    ("metadata holds scalars only", "JSON in a string is described as far as it goes"),
    ("the path and query of a request have|the headers of a request have", "addresses and headers have a bound together"),
    ("expires: must be in the future", "what is in the future depends on the day"),
]


def has_two_spellings(body):
    """Of a member in camelCase and in snake_case the last one counts; the document holds both to the rules."""
    if isinstance(body, list):
        return any(has_two_spellings(item) for item in body)
    names = [re.sub("_", "", name).lower() for name in body] if isinstance(body, dict) else []
    return len(set(names)) < len(names)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Passes over a refusal of a request that fits the document, when it is one that the document cannot foretell."""
    if type(failure).__name__ == "AcceptedNegativeData" and has_two_spellings(case.body):
        return tell("of two spellings of one member the last one counts")
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return True
    for pattern, reason in REFUSALS:
        if re.search(pattern, detail):
            return tell(reason)
    return True


def tell(reason):
    """Leaves word of what is passed over, for schemathesis-run.py to count."""
    with open(os.environ["DAYBOOK_PASSED_OVER"], "a") as file:
        file.write(reason + "\n")
    return False
