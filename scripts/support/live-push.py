#!/usr/bin/env python3
"""Holds live push against its promises, on a server of its own.

  fan-out   many WebSockets, one of which never reads: all others get every message; how long it took
  resume    a WebSocket is cut off again and again, and sees every message once, by the tokens
  stream    the same for an event stream, by Last-Event-ID
  hub       the event hub of AYON's own Python client, through a restart of the server

Needs websockets and ayon-python-api, which live-push fetches:
    scripts/support/live-push .build/release/daybook --connections 1000 --rate 10
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import websockets
from websockets.asyncio.client import connect


class Server:
    """A daybook serve of our own; start() again after stop() takes the same port and log."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.port = 0
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--log", f"sqlite:{self.directory}", "--port", str(self.port)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listens on http://[^ ]*:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            sys.exit(f"{self.program} serve ended with {self.process.wait()}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise SystemExit("the server did not stop within 30 s")

    @property
    def address(self):
        return f"ws://127.0.0.1:{self.port}/ws"


class Publisher:
    """Publishes over one connection that is kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def publish(self, topic, **members):
        self.connection.request("POST", "/api/events", json.dumps({"topic": topic, **members}),
                                {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {body!r}")
        return json.loads(body)["id"]


def check(holds, what):
    if not holds:
        raise SystemExit(f"FAILED: {what}")


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def auth(**members):
    return json.dumps({"topic": "auth", "token": "none", **members})


# Fan-out


async def fan_out(server, connections, rate, seconds):
    messages = max(1, int(rate * seconds))
    sent = {}
    got = [0] * connections
    latencies = []
    ready = asyncio.Semaphore(0)
    done = asyncio.Event()
    left = connections - 1

    async def listen(number):
        nonlocal left
        async with connect(server.address, compression=None, ping_interval=None, open_timeout=60) as client:
            await client.send(auth(subscribe=["live."]))
            await client.recv()
            ready.release()
            async for text in client:
                now = time.monotonic()
                message = json.loads(text)
                if message["topic"] == "heartbeat":
                    continue
                latencies.append(now - sent[message["summary"]["n"]])
                got[number] += 1
                if got[number] == messages:
                    break
            left -= 1
            if left == 0:
                done.set()

    # One that says what it wants, and then never reads. A small buffer, so that it is full soon.
    lazy = socket.create_connection(("127.0.0.1", server.port))
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    payload = auth(subscribe=["live."]).encode()
    lazy.sendall(bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload)

    tasks = [asyncio.create_task(listen(number)) for number in range(connections - 1)]
    for _ in tasks:
        await asyncio.wait_for(ready.acquire(), 120)

    loop = asyncio.get_running_loop()
    publisher = Publisher(server.port)
    start = time.monotonic()
    for number in range(messages):
        await asyncio.sleep(max(0, start + number / rate - time.monotonic()))
        sent[number] = time.monotonic()
        await loop.run_in_executor(None, lambda: publisher.publish("live.message", summary={"n": number}))
    try:
        await asyncio.wait_for(done.wait(), 60)
    except asyncio.TimeoutError:
        pass
    missing = sum(messages - count for count in got[:connections - 1])
    check(missing == 0, f"{missing} messages did not come")
    for task in tasks:
        await task
    lazy.close()
    print(f"fan-out: {connections} connections, one never reads; {messages} messages at {rate}/s: all came; "
          f"p50 {percentile(latencies, .5) * 1e3:.2f} ms, p99 {percentile(latencies, .99) * 1e3:.2f} ms, "
          f"worst {max(latencies) * 1e3:.2f} ms (publish to parsed, client included)")


# Resume


def publish_along(server, count, stopped):
    """Publishes events, some of them fire-and-forget, from a thread of its own."""
    ids = []

    def work():
        publisher = Publisher(server.port)
        for number in range(count):
            ids.append(publisher.publish(f"live.part{number % 3}", store=number % 7 != 0))
            time.sleep(0.001)
        stopped.set()

    threading.Thread(target=work, daemon=True).start()
    return ids


async def resume(server, turns):
    count = turns * 40
    stopped = threading.Event()
    ids = publish_along(server, count, stopped)
    seen = []
    place = "earliest"
    cuts = 0
    while not (stopped.is_set() and len(seen) >= count):
        wanted = random.randint(1, 60) if cuts < turns else count
        client = await connect(server.address, compression=None)
        await client.send(auth(subscribe=["live.part"], **{"from": place}))
        try:
            while wanted > 0 and len(seen) < count:
                message = json.loads(await asyncio.wait_for(client.recv(), 30))
                place = message.get("token", place)
                # Heartbeats, and what everybody is told.
                if not message["topic"].startswith("live.part"):
                    continue
                seen.append(message["id"])
                wanted -= 1
        finally:
            # Cut off in the middle, without a word.
            client.transport.abort()
        cuts += 1
    check(len(seen) == len(set(seen)), f"{len(seen) - len(set(seen))} messages came twice")
    check(set(seen) == set(ids), f"{len(set(ids) - set(seen))} messages were lost")
    print(f"resume: cut off {cuts} times, each of {len(ids)} messages came once")


def stream(server, turns):
    count = turns * 40
    stopped = threading.Event()
    place = None
    seen = []
    cuts = 0
    ids = None
    while not (stopped.is_set() and len(seen) >= count):
        wanted = random.randint(1, 60) if cuts < turns else count
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Last-Event-ID": place} if place else {}
        connection.request("GET", "/api/stream?topic=live.part*", headers=headers)
        answer = connection.getresponse()
        check(answer.status == 200, f"the stream answered {answer.status}")
        while wanted > 0 and len(seen) < count:
            event = {}
            while line := answer.readline().decode().rstrip("\n"):
                name, _, value = line.partition(": ")
                event[name] = value
            place = event.get("id", place)
            # Not before the stream has said where it begins.
            if ids is None and place:
                ids = publish_along(server, count, stopped)
            if "data" in event:
                seen.append(json.loads(event["data"])["event"]["id"])
                wanted -= 1
        answer.close()
        connection.close()
        cuts += 1
    check(len(seen) == len(set(seen)), f"{len(seen) - len(set(seen))} events came twice")
    check(set(seen) == set(ids), f"{len(set(ids) - set(seen))} events were lost")
    print(f"stream: cut off {cuts} times, each of {len(ids)} events came once")


# AYON's hub


def hub(server):
    import ayon_api

    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("GET", "/api/users/me", headers={"X-Api-Key": "none"})
        if connection.getresponse().status == 404:
            print("hub: not run, the server has no /api/users/me yet")
            return False
    api = ayon_api.ServerAPI(f"http://127.0.0.1:{server.port}", token="none")
    hub = api.get_event_hub()
    told = []
    arrived = threading.Condition()

    def note(event):
        with arrived:
            told.append((event.topic, event.id, event.status))
            arrived.notify_all()

    def wait(holds, what):
        with arrived:
            check(arrived.wait_for(holds, 60), what)

    hub.add_callback("live.hub.*", note)
    hub.add_callback("connection.opened", note)
    hub.start()
    try:
        wait(lambda: any(topic == "connection.opened" for topic, _, _ in told), "the hub did not connect")
        first = api.dispatch_event("live.hub.one", finished=False, summary={"n": 1}).data["id"]
        wait(lambda: ("live.hub.one", first, "pending") in told, "the hub was not told of a creation")
        api.update_event(first, status="in_progress", progress=10)
        wait(lambda: ("live.hub.one", first, "in_progress") in told, "the hub was not told of an update")
        server.stop()
        server.start()
        wait(lambda: sum(topic == "connection.opened" for topic, _, _ in told) >= 2, "the hub did not come back")
        second = api.dispatch_event("live.hub.two").data["id"]
        wait(lambda: any(entry[1] == second for entry in told), "the hub was told nothing after the restart")
    finally:
        hub.stop()
    print("hub: AYON's own client was told of a creation, an update, and again after a restart")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("daybook", help="the daybook executable")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10, help="messages a second")
    parser.add_argument("--seconds", type=float, default=3, help="how long messages are published")
    parser.add_argument("--turns", type=int, default=10, help="how often clients are cut off")
    parser.add_argument("--only", choices=["fan-out", "resume", "stream", "hub"], action="append")
    options = parser.parse_args()
    wanted = options.only or ["fan-out", "resume", "stream", "hub"]
    with tempfile.TemporaryDirectory(prefix="daybook-live-") as directory:
        server = Server(options.daybook, os.path.join(directory, "log")).start()
        try:
            if "fan-out" in wanted:
                asyncio.run(fan_out(server, options.connections, options.rate, options.seconds))
            if "resume" in wanted:
                asyncio.run(resume(server, options.turns))
            if "stream" in wanted:
                stream(server, options.turns)
            if "hub" in wanted:
                hub(server)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
