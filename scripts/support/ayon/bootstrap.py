"""What the client asks before its first event, and what all routes have in common."""

import subprocess

import requests
from ayon_api import ServerAPI
from ayon_api.exceptions import AuthenticationError
from ayon_api.server_api import VERSION_REGEX
from server import Server

from world import KEY, case, cases, contains, equal, is_true, raises


@case("bootstrap: the server is there")
def _(w):
    equal(requests.get(w.url, timeout=10).status_code, 200)
    equal(ServerAPI(w.url, site_id=None).is_server_available, True)


@case("bootstrap: info tells version and uptime without a login")
def _(w):
    info = w.raw("GET", "/api/info").json()
    equal(sorted(info), ["uptime", "version"])
    is_true(info["uptime"] >= 0, f"an uptime of {info['uptime']}")


@case("bootstrap: info answers a bearer")
def _(w):
    answer = w.raw("GET", "/api/info", headers={"Authorization": f"Bearer {KEY}"})
    equal((answer.status_code, sorted(answer.json())), (200, ["uptime", "version"]))


@case("bootstrap: with a login info has the user")
def _(w):
    info = w.api.get_info()
    equal(sorted(info), ["attributes", "sites", "ssoOptions", "uptime", "user", "version"])
    equal(info["user"]["name"], "daybook")


@case("bootstrap: the version is one, and lets the client use everything")
def _(w):
    is_true(VERSION_REGEX.fullmatch(w.api.get_server_version()), w.api.get_server_version())
    equal(tuple(w.api.get_server_version_tuple()), (1, 16, 0, "", "daybook"))


@case("bootstrap: the version can be set")
def _(w):
    other = Server(w.server.daybook, w.directory, name="other-version")
    other.log = f"sqlite:{w.directory / 'other'}"
    other.options += ["--http-ayon-version", "1.99.7"]
    try:
        other.start()
        other.wait_until_ready()
        equal(ServerAPI(other.url, token=KEY, site_id=None).get_server_version(), "1.99.7")
        other.stop()
    finally:
        other.kill()


@case("bootstrap: a version whose clients do not delete events is refused")
def _(w):
    command = [w.server.daybook, "serve", "--log", f"sqlite:{w.directory / 'none'}", "--http-ayon-version", "1.6.0"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, env=w.server.environment)
    is_true(result.returncode not in (0, None), f"exit code {result.returncode}")
    contains(result.stderr, "must be above 1.6.0")


@cases("bootstrap: who am I", [
    ("a key as bearer is refused", {"Authorization": f"Bearer {KEY}"}, 401, "Invalid session"),
    ("nobody", {}, 401, "Access token is missing"),
    ("an empty key", {"X-Api-Key": ""}, 401, "Invalid API key"),
])
def _(w, headers, status, detail):
    answer = w.raw("GET", "/api/users/me", headers=headers)
    equal((answer.status_code, answer.json()["code"], answer.json()["detail"]), (status, status, detail))


@cases("bootstrap: a key is taken", [
    ("as X-Api-Key", {"X-Api-Key": KEY}), ("as ApiKey", {"Authorization": f"ApiKey {KEY}"}),
])
def _(w, headers):
    answer = w.raw("GET", "/api/users/me", headers=headers)
    equal(answer.status_code, 200)
    equal(answer.json()["data"], {"isService": True, "isAdmin": True, "isManager": True})


@case("bootstrap: the client believes to be a service")
def _(w):
    equal((w.api.has_valid_token, w.api.is_service_user()), (True, True))


@case("bootstrap: without a token the client is nobody")
def _(w):
    equal(ServerAPI(w.url, site_id=None).has_valid_token, False)


@case("bootstrap: get_user")
def _(w):
    user = w.api.get_user()
    equal((user["name"], user["active"], user["attrib"]), ("daybook", True, {"fullName": "Daybook service"}))
    with w.api.as_username("ann"):
        equal(w.api.get_user()["name"], "ann")
    equal(w.api.get_user()["name"], "daybook")


@case("bootstrap: there are no attributes")
def _(w):
    equal(w.api.get_attributes_schema(), {"attributes": []})


@case("bootstrap: logging in fails with the reason")
def _(w):
    raises(AuthenticationError, "use an API key instead", ServerAPI(w.url, site_id=None).login, "ann", "secret")
    answer = w.raw("POST", "/api/auth/login", {"name": "ann", "password": "x"})
    equal((answer.status_code, answer.json()["code"]), (501, 501))


@case("common: every answer has a request's id, the caller's own if given")
def _(w):
    is_true(w.raw("GET", "/api/info").headers["X-Request-ID"], "no id")
    equal(w.raw("GET", "/api/info", headers={"X-Request-ID": "mine"}).headers["X-Request-ID"], "mine")


@cases("common: refusals have bodies", [
    ("unknown route", "GET", "/api/nothing", 404), ("wrong method", "PUT", "/api/events", 405),
    ("slash at the end", "GET", "/api/events/", 404),
])
def _(w, method, path, status):
    answer = w.raw(method, path, {} if method == "PUT" else None)
    body = answer.json()
    equal((answer.status_code, body["code"], body["path"]), (status, status, path))
    equal(answer.headers["Content-Type"], "application/problem+json")
