"""What the members of a registration processed, and what must hold of it."""

import bisect
import collections
import dataclasses

from server import Violation

SECOND = 1_000_000_000
# Within this time what was acknowledged is committed, or taken out of the retries, whatever else goes on.
SETTLING = 5 * SECOND


@dataclasses.dataclass
class Results:
    """Times are those of the machine's monotonic clock, which all its processes share, in nanoseconds."""

    # The numbers of the events that match, in the order in which they were published, by ordering key.
    expected: dict
    # (time, number, partition, offset, queue, time of the pull), in the order of time. A queue is one life of a server, "" when
    # that may have lost its partitions by the time of the pull.
    processed: list
    # (time, partition, offset, queue)
    acknowledged: list
    # (time, {partition: committed offset}): as they were looked up all the time.
    samples: list
    # When a server was killed or fell silent, and when shared partitions were dealt out anew: who gets one begins where it
    # was committed, and may not have seen what was acknowledged to another in the moment before.
    kills: list
    # Whether servers share the partitions. Then these change hands, and whoever gets one begins where it was committed, also
    # when that is who had it before.
    is_shared: bool
    # How it stands in the end: lag, retries, deadLetters.
    final: dict
    given_back: int = 0
    late: int = 0

    @property
    def repeats(self):
        return len(self.processed) - len({one[1] for one in self.processed})

    def of_keys(self, keys):
        """A part of it, for which the same must hold."""
        expected = {key: self.expected[key] for key in keys}
        numbers = set().union(*expected.values())
        processed = [one for one in self.processed if one[1] in numbers]
        places = {(one[2], one[3]) for one in processed}
        acknowledged = [one for one in self.acknowledged if (one[1], one[2]) in places]
        return dataclasses.replace(self, expected=expected, processed=processed, acknowledged=acknowledged)


def read(files, pauses, results):
    """Reads what the members wrote. Whoever was paused for longer than a session loses its partitions, which it finds out
    a little later: until then it hands out what others have, and what it takes an acknowledgement for is not committed."""
    for file in files:
        def lost(time):
            return any(begin <= time <= end + SETTLING for begin, end in pauses.get(file, []))

        asked, queue = 0, None
        with open(file, encoding="ascii") as lines:
            for line in lines:
                if not line.endswith("\n"):
                    # Its writer was killed in the middle of it.
                    continue
                kind, *rest = line.split()
                if kind == "p":
                    asked, queue = int(rest[0]), rest[1]
                elif kind == "d":
                    partition, _, offset = rest[2].rpartition(":")
                    results.processed.append(
                        (int(rest[0]), int(rest[1]), partition, int(offset), "" if lost(asked) else queue, asked))
                elif kind == "a":
                    time = int(rest[0])
                    for position in [] if lost(time) else rest[1:]:
                        partition, _, offset = position.rpartition(":")
                        results.acknowledged.append((time, partition, int(offset), queue))
                elif kind == "n":
                    results.given_back += int(rest[0])
                elif kind == "e":
                    results.late += int(rest[0])
    results.processed.sort()
    results.acknowledged.sort()


def check(results):
    """Raises Violation when something does not hold that a registration promises."""
    check_completeness(results)
    check_order(results)
    check_no_way_back(results)
    check_settled_stays_settled(results)
    check_positions(results)
    for what, count in results.final.items():
        if count != 0:
            raise Violation(f"in the end {what} is {count}, not 0")


def check_completeness(results):
    expected = set().union(*results.expected.values())
    found = {one[1] for one in results.processed}
    if lost := expected - found:
        raise Violation(f"{len(lost)} events were never processed, such as {min(lost)}")
    if strange := found - expected:
        raise Violation(f"{len(strange)} events were processed that do not match, such as {min(strange)}")


def check_order(results):
    """When repeats are left out, the events of each key were processed in the order in which they were published."""
    keys = {number: key for key, numbers in results.expected.items() for number in numbers}
    seen = set()
    last = {}
    for _, number, partition, offset, _, _ in results.processed:
        if number in seen:
            continue
        seen.add(number)
        key = keys[number]
        before, known = last.get(key, (-1, partition))
        if partition != known:
            raise Violation(f"the events of key {key} are in {known} and in {partition}")
        if number < before:
            raise Violation(f"of key {key}, event {number} at {partition}:{offset} was processed after {before}")
        last[key] = (number, partition)


def check_no_way_back(results):
    """While a server lives, nothing comes of a key at or before what was acknowledged of it."""
    if results.is_shared:
        return
    keys = {number: key for key, numbers in results.expected.items() for number in numbers}
    key_at = {(one[2], one[3]): keys[one[1]] for one in results.processed}
    steps = [(asked, 1, key_at[partition, offset], queue, offset)
             for _, _, partition, offset, queue, asked in results.processed]
    steps += [(time, 0, key_at[partition, offset], queue, offset)
              for time, partition, offset, queue in results.acknowledged]
    steps.sort()
    last = {}
    for _, is_pull, key, queue, offset in steps:
        acknowledged = last.get((key, queue), -1)
        if not is_pull:
            last[key, queue] = max(offset, acknowledged)
        elif offset <= acknowledged:
            raise Violation(f"of key {key}, offset {offset} came when {acknowledged} had been acknowledged")


def check_settled_stays_settled(results):
    """What was acknowledged and committed past does not come again, unless a server was killed in the next moment: that a
    delivery in the retries was acknowledged is written a little later."""
    first = {}
    for time, partition, offset, _ in results.acknowledged:
        first.setdefault((partition, offset), time)
    kills = sorted(results.kills)
    times = [time for time, _ in results.samples]
    for _, _, partition, offset, queue, asked in results.processed:
        time = first.get((partition, offset), asked)
        if time >= asked or not queue:
            continue
        at = bisect.bisect(kills, time)
        end = min(kills[at], asked) if at < len(kills) else asked
        if time > end - SETTLING:
            continue
        sample = bisect.bisect(times, end) - 1
        if sample >= 0 and results.samples[sample][1].get(partition, 0) > offset:
            raise Violation(
                f"{partition}:{offset} came again although it had been acknowledged {(end - time) / SECOND:.1f} s before,"
                " and committed")


def check_positions(results):
    last = {}
    for _, positions in results.samples:
        for partition, offset in positions.items():
            if offset < last.get(partition, 0):
                raise Violation(f"the position of {partition} went back from {last[partition]} to {offset}")
            last[partition] = offset


def check_the_checks(results):
    """Each kind of failure, put into the results, must be noticed. Some keys are enough."""
    counts = collections.Counter({key: len(numbers) for key, numbers in results.expected.items()})
    part = results.of_keys([key for key, _ in counts.most_common(5)])
    check(part)

    def expect(what, **changes):
        try:
            check(dataclasses.replace(part, **changes))
        except Violation:
            return
        raise Violation(f"this script does not notice {what}: it is of no use")

    numbers = max(part.expected.values(), key=len)
    processed, acknowledged = part.processed, part.acknowledged
    expect("a lost event", processed=[one for one in processed if one[1] != numbers[len(numbers) // 2]])
    expect("an event that does not match", processed=[*processed, (*processed[-1][:1], -1, *processed[-1][2:])])
    swapped = {numbers[0]: numbers[1], numbers[1]: numbers[0]}
    expect("a wrong order", processed=[
        (one[0], swapped.get(one[1], one[1]), *one[2:]) for one in processed])
    time, partition, offset, queue = next(one for one in acknowledged)
    again = next(one for one in processed if one[2:4] == (partition, offset))
    if not part.is_shared:
        expect("a delivery that comes when it had been acknowledged", processed=sorted(
            [*processed, (processed[-1][0] + 2, *again[1:4], queue, time + 1)]))
    if settled := find_settled(part):
        time, partition, offset, kill = settled
        again = next(one for one in processed if one[2:4] == (partition, offset))
        expect("a delivery that comes again when it had been committed", processed=[
            *processed, (processed[-1][0] + 2, *again[1:4], "another", max(kill, processed[-1][0]) + 1)])
    moment, positions = part.samples[-1]
    name, place = max(positions.items(), key=lambda one: one[1])
    expect("a position that goes back", samples=[*part.samples, (moment + 1, {**positions, name: place - 1})])
    for what in part.final:
        expect(f"a {what} that is not 0", final={**part.final, what: 1})


def find_settled(results):
    """Something that was acknowledged and committed long before a server was killed, and when that was."""
    kills = sorted(results.kills)
    times = [time for time, _ in results.samples]
    first = {}
    for time, partition, offset, _ in results.acknowledged:
        # What counts is when it was acknowledged first.
        first.setdefault((partition, offset), time)
    for (partition, offset), time in first.items():
        at = bisect.bisect(kills, time)
        if at == len(kills) or kills[at] - time <= SETTLING:
            continue
        sample = bisect.bisect(times, kills[at]) - 1
        if sample >= 0 and results.samples[sample][1].get(partition, 0) > offset:
            return time, partition, offset, kills[at]
    return None
