"""The torture of `scripts/torture registrations` and `scripts/torture pull`."""

import collections
import dataclasses
import http.client
import json
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import zlib

from deliveries import Results, check, check_the_checks, read
from server import START_LIMIT, Client, Server, Violation

MEMBER = pathlib.Path(__file__).resolve().parent / "member.py"
NAME = "torture"
LEASE = 2  # seconds
# What fails is put into the retries soon, so that their part is shown, too.
POLICY = {
    "maximumAttempts": 50, "initialDelaySeconds": 0.1, "maximumDelaySeconds": 1, "settleWithinSeconds": 1,
    "attemptTimeoutSeconds": LEASE}
BATCH = 2000
STALL_LIMIT = 120  # seconds
# How long a server that shares a broker's partitions is paused: its session is over by then.
LONG_PAUSE = 9


@dataclasses.dataclass
class Plan:
    events: int
    keys: int
    members: int
    # What happens to members, one after the other.
    changes: list
    # How often the server is killed.
    kills: int
    publishers: int = 2


class Publisher(threading.Thread):
    """Publishes every n-th event in order, with some between them that do not match; what was not answered it sends
    again until it is, under the same ids. So each has keys of its own."""

    def __init__(self, number, seed, plan, ports):
        super().__init__(daemon=True)
        self.number, self.seed, self.plan = number, seed, plan
        self.random = random.Random(f"{seed}-{number}")
        self.clients = [Client(port) for port in ports]
        self.failure = None
        self.unanswered = 0

    def run(self):
        try:
            lines = []
            for number in range(self.number, self.plan.events, self.plan.publishers):
                lines.append(self.event(number, "torture.work", number))
                if number % 10 == 0:
                    lines.append(self.event(number, "torture.other", number + (1 << 40)))
                if len(lines) >= BATCH:
                    self.publish(lines)
                    lines = []
            if lines:
                self.publish(lines)
        except Exception as error:  # Told by the main thread.
            self.failure = error

    def event(self, number, topic, name):
        """Version 8 leaves the rest to us."""
        key = key_of(number, self.seed, self.plan)
        return (
            f'{{"id":"{self.seed:08x}000080008000{name:012x}","topic":"{topic}","orderingKey":"key-{key}",'
            f'"project":"torture","summary":{{"number":{number}}},"payload":{{"filler":"{"x" * 100}"}}}}')

    def publish(self, lines):
        body = "\n".join(lines).encode()
        while True:
            try:
                status, answer = self.random.choice(self.clients).request(
                    "POST", "/api/events", body, "application/x-ndjson")
            except ConnectionRefusedError:
                time.sleep(0.02)
                continue
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                continue
            if status == 200:
                return
            if status not in (207, 503):
                raise Violation(f"a batch was answered with {status}: {answer[:500]!r}")
            time.sleep(0.05)


def key_of(number, seed, plan):
    """Each publisher has keys of its own."""
    own = plan.keys // plan.publishers
    return number % plan.publishers + plan.publishers * (zlib.crc32(f"{seed} {number}".encode()) % own)


class Watcher(threading.Thread):
    """Looks at the registration all the time."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.clients = [Client(port) for port in ports]
        self.samples = []
        self.view = None
        self.failure = None
        self.is_stopping = False

    def run(self):
        try:
            while not self.is_stopping:
                for client in self.clients:
                    self.look(client)
                time.sleep(0.05)
        except Exception as error:  # Told by the main thread.
            self.failure = error

    def look(self, client):
        try:
            status, answer = client.request("GET", f"/api/registrations/{NAME}")
        except (OSError, http.client.HTTPException):
            return
        if status == 503:
            return
        if status != 200:
            raise Violation(f"the registration was answered with {status}: {answer[:500]!r}")
        view = json.loads(answer)
        if view["state"] != "running":
            raise Violation(f"the registration is {view['state']}: {view.get('reason')}")
        positions = {f"{one['stream']}:{one['partition']}": one["position"] for one in view["lag"]["partitions"]}
        self.samples.append((time.monotonic_ns(), positions))
        self.view = view

    @property
    def settled(self):
        return sum(self.samples[-1][1].values()) if self.samples else 0


class Member:
    """A process that pulls. On a broker it has a server of its own, which is what is killed and paused."""

    def __init__(self, number, seed, directory, port, server=None):
        self.server = server
        self.file = directory / f"member-{number}.txt"
        # It may be killed before it has begun.
        self.file.touch()
        if server:
            server.start()
            server.wait_until_ready()
            port = server.port
        self.process = subprocess.Popen(
            [sys.executable, MEMBER, str(port), NAME, self.file, f"{seed}-{number}", str(LEASE)])

    @property
    def victim(self):
        return self.server.process if self.server else self.process

    def check_is_running(self):
        if self.process.poll() is not None:
            raise Violation(f"a member ended by itself with code {self.process.returncode}")
        if self.server:
            self.server.check_is_running()

    def kill(self):
        self.process.kill()
        self.process.wait()
        if self.server:
            self.server.kill()

    def stop(self):
        """It finishes what it has in hand."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=START_LIMIT)
        except subprocess.TimeoutExpired:
            raise Violation("a member did not end on SIGTERM") from None
        if code != 0:
            raise Violation(f"a member ended with code {code}")
        if self.server:
            self.server.stop()


class Registrations:
    def __init__(self, daybook, directory, seed, plan, kafka=None):
        self.daybook, self.directory, self.seed, self.plan, self.kafka = daybook, directory, seed, plan, kafka
        self.random = random.Random(seed)
        self.prefix = "daybook"
        if kafka:
            self.prefix = f"torture-{seed:08x}-{time.time_ns() // 1_000_000_000 % 1_000_000}"
            print(f"  the streams on {kafka} begin with {self.prefix}; they stay there", flush=True)
        self.servers = [self.new_server(f"server-{n}") for n in range(2 if kafka else 1)]
        ports = [server.port for server in self.servers]
        self.publishers = [Publisher(number, seed, plan, ports) for number in range(plan.publishers)]
        self.watcher = Watcher(ports)
        self.members, self.files = [], []
        # Also those that are gone.
        self.everyone = list(self.servers)
        self.paused = {}  # member -> the timer that has it go on
        # Of each member's file, the pauses of a server of its own: from when to when.
        self.pauses = collections.defaultdict(list)
        self.kills = []
        self.counts = collections.Counter()

    def new_server(self, name):
        return Server(
            self.daybook, self.directory, name, self.kafka, self.prefix,
            # Behind each kill, as much is read again as was since the last one.
            snapshot_interval="10s")

    def run(self):
        start = time.monotonic()
        try:
            for server in self.servers:
                server.start()
                # One after the other: the first one makes the streams.
                server.wait_until_ready()
            self.create()
            for _ in range(self.plan.members):
                self.add()
            for thread in [*self.publishers, self.watcher]:
                thread.start()
            self.disturb(start)
            self.wait_for_the_end()
            seconds = time.monotonic() - start
            for member in self.members:
                member.stop()
            self.watcher.is_stopping = True
            self.watcher.join()
            self.conclude(seconds)
        finally:
            for timer in self.paused.values():
                timer.cancel()
            for member in self.members:
                member.kill()
            for server in self.servers:
                server.kill()

    def create(self):
        body = {"name": NAME, "filter": "topic = torture.work", "start": "earliest", "delivery": "pull",
                "policy": POLICY}
        status, answer = Client(self.servers[0].port).request(
            "POST", "/api/registrations", json.dumps(body), "application/json")
        if status != 201:
            raise Violation(f"the registration was answered with {status}: {answer[:500]!r}")

    # --- What is done to them ---

    def disturb(self, start):
        steps = [(self.change, kind) for kind in self.plan.changes] + [(self.kill, None)] * self.plan.kills
        self.random.shuffle(steps)
        # All along the way, at a random moment of each stretch of it.
        total = self.plan.events * 1.1
        for number, (step, kind) in enumerate(steps):
            self.wait_until_settled(total * 0.95 * (number + self.random.random()) / len(steps))
            what = step(kind)
            print(f"  {number + 1} of {len(steps)} after {time.monotonic() - start:.0f} s: {what};"
                  f" {self.watcher.settled} of {total:.0f} records settled", flush=True)

    def kill(self, _):
        server = self.random.choice(self.servers)
        server.check_is_running()
        server.kill()
        self.kills.append(time.monotonic_ns())
        time.sleep(self.random.choice([0, 0, 1]))
        server.start()
        self.counts["servers killed"] += 1
        return f"{server.name} killed"

    def change(self, kind):
        self.forget_woken()
        awake = [member for member in self.members if member not in self.paused]
        if kind == "add":
            self.counts["members added"] += 1
            if len(self.members) > self.plan.members + 1:
                # So that they do not become more and more.
                gone = self.random.choice(awake)
                self.members.remove(gone)
                gone.kill()
                self.note_end()
            self.add()
            return f"a member added, {len(self.members)} now"
        if not awake:
            self.wake_all()
            awake = self.members
        member = self.random.choice(awake)
        member.check_is_running()
        if kind == "pause":
            self.pause(member)
            return "a member paused"
        self.counts["members killed"] += 1
        self.members.remove(member)
        member.kill()
        self.note_end()
        self.add()
        return "a member killed"

    def pause(self, member):
        self.counts["members paused"] += 1
        length = (LONG_PAUSE if self.kafka else LEASE + 0.5) * self.random.uniform(1, 1.5)
        # However long it takes meanwhile to start another one.
        self.paused[member] = threading.Timer(length, self.go_on, [member, time.monotonic_ns()])
        self.paused[member].start()
        member.victim.send_signal(signal.SIGSTOP)
        self.note_end()

    def go_on(self, member, start):
        member.victim.send_signal(signal.SIGCONT)
        if self.kafka:
            self.pauses[member.file].append((start, time.monotonic_ns()))

    def note_end(self):
        """On a broker, members' servers are servers."""
        if self.kafka:
            self.kills.append(time.monotonic_ns())

    def add(self):
        number = len(self.files)
        server = self.new_server(f"member-{number}") if self.kafka else None
        if server:
            self.everyone.append(server)
        member = Member(number, self.seed, self.directory, self.servers[0].port, server)
        self.members.append(member)
        self.files.append(member.file)

    def forget_woken(self):
        for member in [member for member, timer in self.paused.items() if not timer.is_alive()]:
            del self.paused[member]

    def wake_all(self):
        for timer in self.paused.values():
            timer.join()
        self.forget_woken()

    # --- Waiting ---

    def wait_until_settled(self, count):
        self.wait(lambda: self.watcher.settled >= count)

    def wait_for_the_end(self):
        def is_over():
            if self.paused or any(publisher.is_alive() for publisher in self.publishers):
                return False
            # Only what was looked at after the last one was published.
            view, self.watcher.view = self.watcher.view, None
            return view and view["lag"]["records"] == 0 and view["retries"] == 0
        self.wait(is_over)
        time.sleep(1)

    def wait(self, is_enough):
        last, moved = -1, time.monotonic()
        while not is_enough():
            self.forget_woken()
            for thread in [*self.publishers, self.watcher]:
                if thread.failure:
                    raise thread.failure
            for process in [*self.servers, *self.members]:
                process.check_is_running()
            if (settled := self.watcher.settled) != last:
                last, moved = settled, time.monotonic()
            elif time.monotonic() - moved > STALL_LIMIT:
                raise Violation(f"nothing was settled for {STALL_LIMIT} s; {settled} records are")
            time.sleep(0.02)

    # --- The end ---

    def conclude(self, seconds):
        self.watcher.look(self.watcher.clients[0])
        view = self.watcher.view
        expected = collections.defaultdict(list)
        for number in range(self.plan.events):
            expected[key_of(number, self.seed, self.plan)].append(number)
        results = Results(
            dict(expected), [], [], self.watcher.samples, self.kills, self.kafka is not None,
            {"lag": view["lag"]["records"], "retries": view["retries"], "deadLetters": view["deadLetters"]})
        if results.is_shared:
            for server in self.everyone:
                results.kills.extend(server.deals())
        read(self.files, self.pauses, results)
        check(results)
        check_the_checks(results)
        unanswered = sum(publisher.unanswered for publisher in self.publishers)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        print(
            f"{counts} in {seconds:.0f} s ({self.plan.events / seconds:.0f} events/s): {self.plan.events} events of"
            f" {len(expected)} keys processed, in order, {results.repeats} more than once; {results.given_back} given"
            f" back, {results.late} too late, {unanswered} requests of publishers cut off; positions looked at"
            f" {len(results.samples)} times never went back; lag, retries and dead letters 0")
