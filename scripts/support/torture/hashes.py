"""The torture of `scripts/torture hashes`."""

import collections
import http.client
import json
import random
import subprocess
import threading
import time
import types

from server import START_LIMIT, Client, Server, Violation, listed, replayed

STALL_LIMIT = 180  # seconds
TOPICS = ["torture.one", "torture.two", "other.three"]
# Streams that are no history.
OWN_STREAMS = {"inbox", "dedup", "verdicts", "signals", "retries", "dead-letters", "catalog"}


class Publisher(threading.Thread):
    """Publishes one event for each hash, in batches of any size and in an order of its own; what was not answered it
    sends again until it is, under the same ids."""

    def __init__(self, number, seed, hashes, ports):
        super().__init__(daemon=True)
        self.number = number
        self.random = random.Random(f"{seed}-{number}")
        self.clients = [Client(port) for port in ports]
        self.hashes = list(range(hashes))
        self.random.shuffle(self.hashes)
        self.told = {}  # hash -> (id, position) of the event that has it, as this publisher was told
        self.won = 0
        self.unanswered = 0
        self.failure = None

    def run(self):
        try:
            rest = self.hashes
            while rest:
                size = self.random.choice([1, 10, 100, 1000])
                self.publish(rest[:size])
                rest = rest[size:]
        except Exception as error:  # Told by the main thread.
            self.failure = error

    def event_id(self, number):
        """Version 8 leaves the rest to us."""
        return f"{self.number:08x}00008000{0x8000:04x}{number:012x}"

    def event(self, number):
        return json.dumps({
            "id": self.event_id(number), "hash": f"hash-{number}", "topic": self.random.choice(TOPICS),
            "description": f"hash {number} by publisher {self.number}", "payload": {"filler": "x" * 200}})

    def publish(self, numbers):
        # Made once: sent again, it is the same event.
        waiting = {number: self.event(number) for number in numbers}
        while waiting:
            results = self.ask("\n".join(waiting.values()).encode(), len(waiting))
            for number, result in list(zip(waiting, results, strict=True)):
                if result["status"] == 200:
                    winner = result["id"]
                    if winner != self.event_id(number):
                        raise Violation(f"the event {self.event_id(number)} was acknowledged as {winner}")
                    self.won += 1
                elif result["status"] == 409:
                    winner = result["duplicateOf"]
                elif result["status"] >= 500:
                    continue
                else:
                    raise Violation(f"an event was refused: {result}")
                self.told[number] = (winner, result["position"])
                del waiting[number]

    def ask(self, body, count):
        """Sends a batch to some server until one answers; what it said of each event."""
        while True:
            try:
                status, answer = self.random.choice(self.clients).request(
                    "POST", "/api/events", body, "application/x-ndjson")
            except ConnectionRefusedError:
                time.sleep(0.01)
                continue
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                continue
            if status not in (200, 207, 409, 503):
                raise Violation(f"a batch was answered with {status}: {answer[:500]!r}")
            results = json.loads(answer).get("results")
            if results:
                return results
            if status != 503:
                raise Violation(f"a batch was answered with {status} and no results: {answer[:500]!r}")
            # Not ready yet.
            time.sleep(0.05)
            return [{"status": status}] * count


# --- Checking ---------------------------------------------------------------------------------------------------------


def check(hashes, told, results):
    """Raises Violation when some hash does not have exactly one event, or somebody was told of another one.

    - told: of each publisher, hash -> (id, position)
    - results: `history`, (hash, id, position) of each `created` record (the position None if it is not known); by the
      place it was read; `index`, the same of (hash, id, None) of each event
    """
    expected = {f"hash-{number}" for number in range(hashes)}
    winners = {}
    for place, events in (results.history | results.index).items():
        counts = collections.Counter(found for found, _, _ in events)
        if twice := [found for found, count in counts.items() if count > 1]:
            raise Violation(f"{len(twice)} hashes have several events in {place}, such as {twice[0]}")
        if lost := expected - counts.keys():
            raise Violation(f"{len(lost)} hashes have no event in {place}, such as {min(lost)}")
        if strange := counts.keys() - expected:
            raise Violation(f"{len(strange)} events in {place} have a hash that nobody gave, such as {strange.pop()}")
        for found, event, position in events:
            known, at = winners.setdefault(found, (event, position))
            if known != event:
                raise Violation(f"{found} has event {known}, but in {place} event {event}")
            if None not in (at, position) and at != position:
                raise Violation(f"{found} was read at {at}, but in {place} at {position}")
    for number, answers in enumerate(told):
        for found, answer in answers.items():
            if answer != (winner := winners[f"hash-{found}"]):
                raise Violation(f"publisher {number} was told that hash-{found} has {answer}, not {winner}")
        if len(answers) != hashes:
            raise Violation(f"publisher {number} was told of {len(answers)} hashes")


def check_the_checks(hashes, told, results):
    """Each kind of failure, put into the results, must be noticed."""

    def expect(what, spoil):
        spoiled = types.SimpleNamespace(history=dict(results.history), index=dict(results.index))
        answers = [dict(one) for one in told]
        spoil(spoiled, answers)
        try:
            check(hashes, answers, spoiled)
        except Violation:
            return
        raise Violation(f"this script does not notice {what}: it is of no use")

    def twice(part):
        def spoil(spoiled, _):
            place = next(iter(part(spoiled)))
            part(spoiled)[place] = [*part(spoiled)[place], part(spoiled)[place][0]]

        return spoil

    def lose(spoiled, _):
        place = next(iter(spoiled.index))
        spoiled.index[place] = spoiled.index[place][1:]

    def other_winner(spoiled, _):
        place = next(iter(spoiled.index))
        found, _, position = spoiled.index[place][0]
        spoiled.index[place] = [(found, "0" * 32, position), *spoiled.index[place][1:]]

    def tell(answer):
        def spoil(_, answers):
            found, (event, position) = next(iter(answers[-1].items()))
            answers[-1][found] = answer(event, position)

        return spoil

    expect("two events in history", twice(lambda spoiled: spoiled.history))
    expect("two events in the index", twice(lambda spoiled: spoiled.index))
    expect("a lost event", lose)
    expect("an index that has another winner", other_winner)
    expect("a publisher that is told another id", tell(lambda _, position: ("0" * 32, position)))
    expect("a publisher that is told another position", tell(lambda event, _: (event, "torture.one:0:99999999")))
    expect("a publisher that got no answer", lambda _, answers: answers[0].popitem())


def consumed(broker, prefix):
    """History as a consumer reads it that has nothing to do with Daybook: (hash, id, None) of each created event."""

    def kcat(*arguments):
        result = subprocess.run(["kcat", "-b", broker, *arguments], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Violation(f"kcat failed: {result.stderr.strip()}")
        return result.stdout

    topics = [topic["topic"] for topic in json.loads(kcat("-L", "-J"))["topics"]]
    streams = [name for name in topics if name.startswith(f"{prefix}.") and name[len(prefix) + 1:] not in OWN_STREAMS]
    found = []
    for stream in streams:
        committed = ["-X", "isolation.level=read_committed"]
        for line in kcat("-C", "-e", "-q", "-o", "beginning", "-t", stream, *committed, "-f", "%h\n").splitlines():
            headers = dict(header.split("=", 1) for header in line.split(",") if "=" in header)
            if headers["ce_op"] != "created":
                raise Violation(f"{stream} has a record nobody asked for: {line}")
            found.append((headers["ce_hash"], headers["ce_eventid"], None))
    return found


# --- The run ----------------------------------------------------------------------------------------------------------


class Hashes:
    def __init__(self, daybook, directory, seed, cycles, publishers, hashes, kafka):
        self.random = random.Random(seed)
        self.seed, self.cycles, self.hashes, self.kafka = seed, cycles, hashes, kafka
        if kafka:
            self.prefix = f"torture-{seed:08x}-{time.time_ns() // 1_000_000_000 % 1_000_000}"
            print(f"  the streams on {kafka} begin with {self.prefix}; they stay there", flush=True)
            self.servers = [Server(daybook, directory, f"server-{n}", kafka, self.prefix) for n in (1, 2)]
        else:
            self.servers = [Server(daybook, directory)]
        self.ports = [server.port for server in self.servers]
        self.publishers = [Publisher(number, seed, hashes, self.ports) for number in range(publishers)]

    def run(self):
        try:
            for server in self.servers:
                server.start()
                # One after the other: the first one makes the streams.
                server.wait_until_ready()
            start = time.monotonic()
            for publisher in self.publishers:
                publisher.start()
            # Killed all along the way, at a random moment of each stretch of it.
            answers = self.hashes * len(self.publishers)
            for cycle in range(self.cycles):
                self.wait(int(answers * 0.95 * (cycle + self.random.random()) / self.cycles))
                victim = self.random.choice(self.servers)
                victim.check_is_running()
                victim.kill()
                print(f"  killed {cycle + 1} of {self.cycles} ({victim.name}), {self.told} of {answers} answers"
                      f" after {time.monotonic() - start:.0f} s", flush=True)
                victim.start()
            self.wait(answers)
            seconds = time.monotonic() - start
            for server in self.servers:
                server.wait_until_ready()
            self.conclude(seconds)
        finally:
            for server in self.servers:
                server.kill()

    @property
    def told(self):
        return sum(len(publisher.told) for publisher in self.publishers)

    def wait(self, limit):
        """Waits until the publishers have got so many answers."""
        last, moved = -1, time.monotonic()
        while (told := self.told) < limit:
            for publisher in self.publishers:
                if publisher.failure:
                    raise publisher.failure
            for server in self.servers:
                server.check_is_running()
            if told != last:
                last, moved = told, time.monotonic()
            elif time.monotonic() - moved > STALL_LIMIT:
                raise Violation(f"nobody got an answer for {STALL_LIMIT} s")
            time.sleep(0.02)

    def conclude(self, seconds):
        # Somebody who comes late is told the same.
        late = Publisher(len(self.publishers), self.seed, self.hashes, self.ports)
        late.run()
        if late.failure:
            raise late.failure
        if late.won:
            raise Violation(f"{late.won} hashes were free when all had been published")
        told = [publisher.told for publisher in [*self.publishers, late]]
        results = self.results()
        check(self.hashes, told, results)
        check_the_checks(self.hashes, told, results)
        unanswered = sum(publisher.unanswered for publisher in self.publishers)
        print(
            f"killed {self.cycles} times in {seconds:.0f} s: {len(self.publishers)} publishers sent {self.hashes}"
            f" hashes each, {unanswered} requests cut off; {self.hashes} events in {', '.join(results.history)} and in"
            f" {', '.join(results.index)}; everybody was told the same, also who came late")

    def results(self):
        """What there is in the end; ends the servers."""
        results = types.SimpleNamespace(history={}, index={})
        # Only an answer's own server is sure to show it.
        client = Client(self.ports[0])
        deadline = time.monotonic() + START_LIMIT
        while len(events := list(listed(client))) < self.hashes and time.monotonic() < deadline:
            time.sleep(0.1)
        results.index["the list"] = [(event["hash"], event["id"], None) for event in events]
        results.history["the replayed history"] = [
            (record.get("hash"), record["id"], record["position"]) for record in replayed(client)]
        if self.kafka:
            results.history["the history as a foreign consumer reads it"] = consumed(self.kafka, self.prefix)
        live = [self.dump(server) for server in self.servers]
        for server in self.servers:
            server.stop()
        rebuilt = self.servers[0].dump("--log", self.servers[0].log, "--rebuild")
        for server, dump in zip(self.servers, live):
            if dump != rebuilt:
                raise Violation(f"the index of {server.name} is not the one made from nothing")
        results.index["an index made from nothing"] = [
            (event["hash"], event["id"], None) for event in map(json.loads, rebuilt.splitlines())]
        return results

    def dump(self, server):
        """The index of a server, as soon as all events are in it."""
        deadline = time.monotonic() + START_LIMIT
        while (dump := server.dump("--server", server.url)).count(b"\n") < self.hashes and time.monotonic() < deadline:
            time.sleep(0.1)
        return dump
