"""A server as a process that can be killed, and what is asked of it."""

import datetime
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
START_LIMIT = 60  # seconds
REQUEST_LIMIT = 30


class Violation(Exception):
    """Something that Daybook promises did not hold."""


def build():
    """Builds the program that is tortured when none is named, and returns its path."""
    subprocess.run([ROOT / "scripts" / "setup"], check=True)
    programs = subprocess.run(
        [ROOT / "scripts" / "support" / "release", ROOT, "--product", "daybook"], check=True, stdout=subprocess.PIPE,
        text=True)
    return os.path.join(programs.stdout.strip(), "daybook")


class Server:
    """One server process after the other, on one port and one log."""

    def __init__(
        self, daybook, directory, name="server", kafka=None, prefix="daybook", snapshot_interval="1s"):
        """With `kafka`, HOST:PORT, its log is there, in streams with that prefix, and not embedded."""
        self.daybook = daybook
        self.name = name
        self.is_shared = kafka is not None
        self.log = f"kafka://{kafka}" if kafka else f"sqlite:{directory / 'data'}"
        self.options = ["--snapshot-directory", str(directory / f"{name}-snapshots")] if kafka else []
        self.options += ["--snapshot-interval", snapshot_interval]
        self.output = open(directory / f"{name}.log", "ab")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DAYBOOK_")}
        self.environment["DAYBOOK_PREFIX"] = prefix
        # Events are counted.
        self.environment["DAYBOOK_PUBLISH_START"] = "false"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [self.daybook, "serve", "--port", str(self.port), "--log", self.log, *self.options]
        # Who shares partitions says when they are dealt out.
        command += ["--log-level", "debug" if self.is_shared else "warning"]
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, env=self.environment)

    def deals(self):
        """When it was given partitions, or had given them back, as this machine's monotonic clock has it, in nanoseconds.
        Its log tells seconds, so each is between two moments."""
        offset = time.time_ns() - time.monotonic_ns()
        with open(self.output.name, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if " partitions are delivered here" in line or " partitions were given back" in line:
                    moment = datetime.datetime.fromisoformat(line.split(" ", 1)[0]).timestamp()
                    yield from (int(moment * 1e9) - offset, int((moment + 1) * 1e9) - offset)

    def check_is_running(self):
        if self.process.poll() is not None:
            raise Violation(f"the server ended by itself with code {self.process.returncode}: see {self.output.name}")

    def wait_until_ready(self):
        limit = time.monotonic() + START_LIMIT
        while time.monotonic() < limit:
            self.check_is_running()
            try:
                if Client(self.port).request("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise Violation(f"the server was not ready {START_LIMIT} s after its start: see {self.output.name}")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=START_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Violation(f"the server did not end on SIGTERM: see {self.output.name}") from None
        if code != 0:
            raise Violation(f"the server ended with code {code} on SIGTERM: see {self.output.name}")

    def dump(self, *arguments):
        command = [self.daybook, "dump-index", *arguments]
        result = subprocess.run(command, capture_output=True, env=self.environment)
        if result.returncode != 0:
            raise Violation(f"{' '.join(command)} failed: {result.stderr.decode(errors='replace').strip()}")
        return result.stdout


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_LIMIT)

    def request(self, method, path, body=None, content_type=None):
        """Returns (status, body). Raises OSError or HTTPException when there is no answer; the connection is then
        made anew by the next request."""
        try:
            self.connection.request(method, path, body, {"content-type": content_type} if content_type else {})
            response = self.connection.getresponse()
            return response.status, response.read()
        except BaseException:
            self.connection.close()
            raise


def listed(client):
    """All events, as the server's index has them."""
    query = {"limit": 1000}
    while True:
        status, body = client.request("GET", "/api/events?" + urllib.parse.urlencode(query))
        if status != 200:
            raise Violation(f"the list was answered with {status}: {body[:500]!r}")
        page = json.loads(body)
        yield from page["events"]
        if not page["nextCursor"]:
            return
        query["cursor"] = page["nextCursor"]


def replayed(client):
    """All records of history, as the server reads them from the log."""
    status, body = client.request("GET", "/api/replay")
    if status != 200:
        raise Violation(f"the replay was answered with {status}")
    lines = [json.loads(line) for line in body.splitlines()]
    if not lines or not lines[-1].get("end"):
        raise Violation("the replay broke off")
    return [line for line in lines if "change" in line]
