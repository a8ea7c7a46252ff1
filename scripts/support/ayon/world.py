"""What the cases share: a client of the server, topics of their own, and ways to say what has to be."""

import itertools
import json
import re

import requests
from ayon_api import ServerAPI
from ayon_api.exceptions import HTTPRequestError

KEY = "any-key-is-taken"
ID = re.compile(r"[0-9a-f]{32}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
NOBODY = "0" * 32

CASES = []
_numbers = itertools.count(1)


class Case:
    def __init__(self, name, run):
        self.name, self.run = name, run


def case(name):
    """A function of a World that is a case by itself."""
    def add(function):
        CASES.append(Case(name, function))
        return function
    return add


def cases(name, rows):
    """A function of a World and the values of a row, for each row a case; the first value is part of the name."""
    def add(function):
        for row in rows:
            CASES.append(Case(f"{name}: {row[0]}", lambda world, row=row: function(world, *row[1:])))
        return function
    return add


class World:
    """One case's view of the server."""

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        self.url = server.url
        self.root = f"case{next(_numbers)}"
        self._api = None

    @property
    def api(self):
        """AYON's client, with a key."""
        if self._api is None:
            self._api = self.client()
        return self._api

    def client(self, **options):
        return ServerAPI(self.url, token=KEY, site_id=None, **options)

    def topic(self, name="a"):
        return f"{self.root}.{name}"

    def create(self, name="a", **arguments):
        return self.api.create_event(self.topic(name), **arguments)

    def fields(self, event, *names):
        """Members of an event, Daybook's own among them."""
        answer = self.raw("GET", f"/api/events/{event}?fields={','.join(names)}")
        equal(answer.status_code, 200)
        members = answer.json()
        return [members[name] for name in names]

    def topics(self, **arguments):
        """What get_events finds of this case's, by the last part of their topics."""
        arguments.setdefault("topics", [self.topic("*")])
        return [event["topic"].split(".", 1)[1] for event in self.api.get_events(**arguments)]

    def raw(self, method, path, body=None, headers=None, content_type="application/json"):
        """A request without the client: a body is sent as it is when it is a text, else as JSON."""
        headers = dict(headers or {})
        if body is not None and content_type:
            headers["Content-Type"] = content_type
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        return requests.request(
            method, self.url + path, data=data.encode() if isinstance(data, str) else data, headers=headers, timeout=30)

    def graphql(self, document, **variables):
        """The answer to a document that has no errors."""
        answer = self.api.query_graphql(document, variables)
        equal(answer.errors, None)
        return answer.data["data"]


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


def is_true(condition, what):
    if not condition:
        raise AssertionError(what)


def contains(text, part):
    if part not in (text or ""):
        raise AssertionError(f"{part!r} is not in {text!r}")


def matches(pattern, text):
    if not pattern.fullmatch(text):
        raise AssertionError(f"{text!r} is not like {pattern.pattern}")


def refused(status, detail, function, /, *arguments, **named):
    """The client's function is refused with a status and a detail that has this in it. Gives the body."""
    try:
        result = function(*arguments, **named)
    except HTTPRequestError as error:
        body = error.response.json()
        equal(error.response.status_code, status)
        equal(body["code"], status)
        contains(body["detail"], detail)
        equal(error.response.headers["Content-Type"], "application/problem+json")
        return body
    raise AssertionError(f"was not refused but answered {result!r}")


def raises(kind, part, function, /, *arguments, **named):
    try:
        result = function(*arguments, **named)
    except kind as error:
        contains(str(error), part)
        return error
    raise AssertionError(f"raised nothing but answered {result!r}")
