#!/usr/bin/env python3
"""Checks /openapi.json, and with it a server of its own: schemathesis makes requests of the document, right ones and wrong
ones, and holds every answer to it.

usage: schemathesis-run.py DAYBOOK [--cases N] [--seed S] [--keep]

  --cases N   how many requests at least (default 300). The first 300 or so are drawn at random for every operation; with
              more come those that the document's bounds suggest, and further seeds.
  --seed S    where the drawing begins (default 1); the same seed draws the same.
  --keep      says where the server's log and the reports are, and leaves them.

What is not checked, and why, is in schemathesis.toml and schemathesis_hooks.py. Exits with 1 when an answer was not as the
document says, when the server said that it failed, or when it did not survive.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import openapi_spec_validator

HERE = pathlib.Path(__file__).parent
OPERATIONS = 50


class Server:
    """A daybook serve that waits for nothing long."""

    def __init__(self, program, directory):
        self.errors = open(directory / "server.log", "w+", encoding="utf-8")
        self.key = None
        self.process = subprocess.Popen(
            [program, "serve", "--log", f"sqlite:{directory / 'log'}", "--port", "0", "--log-level", "error",
             "--http-apply-timeout", "100ms", "--http-idle-timeout", "1s", "--snapshot-interval", "1h"],
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listens on (http://[^ ,]*:\d+)", line):
                self.url = found[1]
                break
        else:
            sys.exit(f"{program} serve ended with {self.process.wait()}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def send(self, method, path, body=None, media_type="application/json"):
        headers = {} if body is None else {"Content-Type": media_type}
        if self.key:
            headers["x-api-key"] = self.key
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else body.encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def stop(self):
        """What it wrote on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.errors.seek(0)
        return code, self.errors.read()


def prepare(server, hooks):
    """Makes what requests then find: a key that may do everything, an event, a registration and a dead letter."""
    server.key = server.send("POST", "/api/keys", json.dumps({"name": "schemathesis-run", "role": "service"}))["key"]
    server.send("POST", "/api/events", json.dumps({"id": hooks.EVENT, "topic": "render.frame", "payload": {"a": 1}}) + "\n",
                "application/x-ndjson")
    server.send("POST", "/api/registrations", json.dumps(hooks.REGISTRATION))
    server.send("POST", "/api/events", json.dumps({"topic": "job.one", "hash": "one"}))
    work = f"/api/registrations/{hooks.REGISTRATION['name']}"
    delivery = server.send("POST", f"{work}/pull", json.dumps({"waitSeconds": 10}))["deliveries"][0]
    server.send("POST", f"{work}/nack", json.dumps({"tokens": [delivery["token"]], "permanent": True}))
    return delivery["position"]


def run(server, directory, seed, examples, phases, position):
    """One run of schemathesis. Returns how many cases it made, and whether all was well."""
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
        f"{server.url}/openapi.json", "--phases", phases, "--max-examples", str(examples), "--seed", str(seed),
        "--header", f"x-api-key: {server.key}", "--no-color"]
    environment = dict(
        os.environ, SCHEMATHESIS_HOOKS="schemathesis_hooks", PYTHONPATH=str(HERE), DAYBOOK_URL=server.url, DAYBOOK_KEY=server.key,
        DAYBOOK_DEAD_LETTER=position, DAYBOOK_PASSED_OVER=str(directory / "passed-over"), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(command, env=environment, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    (directory / f"seed-{seed}.txt").write_text(done.stdout)
    found = re.search(r"(\d+) generated", done.stdout)
    if done.returncode != 0 or not found:
        print(done.stdout)
    else:
        print(f"seed {seed}: {re.search(r'Test cases:(.*)Seed', done.stdout, re.S)[1].strip()}")
    return int(found[1]) if found else 0, done.returncode == 0 and bool(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("daybook")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE))
    sys.dont_write_bytecode = True
    os.environ["DAYBOOK_URL"] = os.environ["DAYBOOK_DEAD_LETTER"] = ""
    import schemathesis_hooks as hooks

    directory = pathlib.Path(tempfile.mkdtemp(prefix="schemathesis-"))
    try:
        openapi_spec_validator.validate(json.loads((HERE / "../../docs/openapi.json").read_text()))
        server = Server(arguments.daybook, directory)
        cases, seed, is_well = 0, arguments.seed, True
        try:
            position = prepare(server, hooks)
            while cases < arguments.cases and is_well:
                # The bounds are the same whatever the seed.
                phases = "examples,coverage,fuzzing" if arguments.cases > 1000 and cases == 0 else "examples,fuzzing"
                wanted = arguments.cases - cases - (3000 if "coverage" in phases else 0)
                examples = min(max(1 + wanted // OPERATIONS, 1), 100)
                count, is_well = run(server, directory, seed, examples, phases, position)
                cases += count
                seed += 1
            if server.process.poll() is not None:
                print(f"the server ended with {server.process.returncode}")
                is_well = False
        finally:
            code, errors = server.stop()
        passed_over = directory / "passed-over"
        for reason, count in collections.Counter(passed_over.read_text().splitlines() if passed_over.exists() else []).most_common():
            print(f"refused although it fits the document, {count} times: {reason}")
        # What a request broke inside, the server tells there.
        if errors.strip() or code != 0:
            print(f"the server ended with {code} and said:\n{errors[-4000:]}")
            is_well = False
        print(f"{cases} requests made of /openapi.json, seeds {arguments.seed} to {seed - 1}: "
              + ("every answer is as it says" if is_well else "NOT all is well"))
        return 0 if is_well else 1
    finally:
        if arguments.keep:
            print(f"see {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
