"""AYON's client with API keys that have rights, on a server of its own."""

import atexit
import subprocess

from ayon_api import ServerAPI
from server import Server

from world import case, cases, equal, is_true, refused

_keys = {}


def _server(w):
    """One server for all of these, with keys; it ends with the process."""
    if "server" not in _keys:
        server = Server(w.server.daybook, w.directory, name="keys")
        server.log = f"sqlite:{w.directory / 'keys'}"
        # Before the server has the log: whoever has that needs no key.
        for name, role, *scopes in [
            ("svc", "service"), ("boss", "admin"), ("lead", "manager"), ("ann", "user"), ("eve", "guest"),
            ("ci", "manager", "publish,read topics=build.* projects=demo"), ("gone", "service"),
        ]:
            command = [server.daybook, "keys", "create", "--log", server.log, "--name", name, "--role", role]
            for scope in scopes:
                command += ["--scope", scope]
            result = subprocess.run(command, capture_output=True, text=True, timeout=60, env=server.environment)
            equal(result.returncode, 0)
            _keys[name] = result.stdout.splitlines()[-1]
        atexit.register(server.kill)
        server.start()
        server.wait_until_ready()
        _keys["server"] = server
    return _keys["server"]


def _client(w, name, **options):
    server = _server(w)
    return ServerAPI(server.url, token=_keys[name], site_id=None, **options)


@cases("access: who am I", [
    ("a service", "svc", (True, True, True)), ("an admin", "boss", (False, True, True)),
    ("a manager", "lead", (False, False, True)), ("a user", "ann", (False, False, False)),
])
def _(w, name, flags):
    user = _client(w, name).get_user()
    equal(user["name"], name)
    equal(tuple(user["data"][flag] for flag in ("isService", "isAdmin", "isManager")), flags)


@case("access: a key that there is not does not count")
def _(w):
    equal(ServerAPI(_server(w).url, token="dbk_" + "0" * 64, site_id=None).has_valid_token, False)


@case("access: a service publishes, changes, enrolls and deletes")
def _(w):
    api = _client(w, "svc", sender="worker")
    source = api.create_event(w.topic("src"))
    job = api.enroll_event_job(w.topic("src"), w.topic("job"), "worker")
    equal(job["dependsOn"], source)
    api.update_event(job["id"], sender="worker", status="finished")
    equal(api.get_event(job["id"])["status"], "finished")
    api.delete_event(job["id"])
    equal([event["id"] for event in api.get_events(topics=[w.topic("*")])], [source])


@case("access: a manager publishes, and neither enrolls nor deletes")
def _(w):
    api = _client(w, "lead")
    event = api.create_event(w.topic("a"))
    equal(api.get_event(event)["user"], "lead")
    # The client gives None for every refusal.
    equal(api.enroll_event_job(w.topic("a"), w.topic("job"), "me"), None)
    refused(403, "this needs the permission", api.delete_event, event)


@case("access: an admin deletes, and does not enroll")
def _(w):
    api = _client(w, "boss")
    event = api.create_event(w.topic("a"))
    # The client gives None for every refusal.
    equal(api.enroll_event_job(w.topic("a"), w.topic("job"), "me"), None)
    api.delete_event(event)


@case("access: a user sees its own events in lists, and others by their ids")
def _(w):
    service = _client(w, "svc")
    free = service.create_event(w.topic("free"))
    project = service.create_event(w.topic("project"), project_name="demo")
    own = _client(w, "svc").create_event(w.topic("own"), project_name="demo")
    service.update_event(own, username="ann")
    api = _client(w, "ann")
    equal([event["id"] for event in api.get_events(topics=[w.topic("*")])], [own])
    equal({event["id"] for event in api.get_events(event_ids=[free, project, own])}, {free, own})
    refused(404, "Event not found", api.get_event, project)
    refused(403, "this needs the permission", api.create_event, w.topic("mine"))
    api.update_event(own, description="done")
    refused(403, "this needs the permission", api.update_event, free, description="done")


@case("access: a guest sees nothing")
def _(w):
    _client(w, "svc").create_event(w.topic("free"))
    equal(list(_client(w, "eve").get_events(topics=[w.topic("*")])), [])


@case("access: a scope is held")
def _(w):
    api = _client(w, "ci")
    equal(len(api.create_event("build.done", project_name="demo")), 32)
    refused(403, "this needs the permission", api.create_event, "build.done")
    refused(403, "this needs the permission", api.create_event, "deploy.done", project_name="demo")


@case("access: a key that is revoked does not count any more")
def _(w):
    api = _client(w, "gone")
    equal(api.has_valid_token, True)
    server = _server(w)
    command = [server.daybook, "keys", "revoke", "gone", "--server", server.url]
    environment = server.environment | {"DAYBOOK_API_KEY": _keys["boss"]}
    equal(subprocess.run(command, timeout=60, env=environment).returncode, 0)
    is_true(not _client(w, "gone").has_valid_token, "the key counts")
    server.stop()
    del _keys["server"]
