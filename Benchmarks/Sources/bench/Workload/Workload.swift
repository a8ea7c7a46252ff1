import Daybook
import LosslessJSON

/// Events as a production tracker publishes them: made from a seed, so that every run and every side has the same ones.
struct Workload {
    static let partitions: Int32 = 8
    /// The first segment of every topic, and so the stream that holds them.
    static let family = "pipeline"

    static let topics: [String] = [
        "asset", "shot", "render", "review", "delivery", "workfile", "plate", "cache",
    ]
    .flatMap { kind in ["created", "published", "approved", "failed", "archived"].map { "\(family).\(kind).\($0)" } }
    static let projects = (1...24).map { "project_\($0 < 10 ? "0" : "")\($0)" }
    private static let users = (1...200).map { "artist.\($0)" }
    private static let senders = (1...48).map { "workstation-\($0).studio" }
    private static let words = [
        "comp", "lighting", "matte", "turntable", "layout", "blocking", "grade", "cleanup", "roto", "fx", "simulation",
        "render",
    ]

    private var random: SplitMix
    /// Of every five events one is a job: it is made pending, and two changes follow.
    private var openJobs: [(event: Event, isRunning: Bool)] = []
    private var recent: [EventID] = []
    private var number = 0
    private let start = Timestamp(milliseconds: 1_790_000_000_000)

    init(seed: UInt64 = 20_26) {
        random = SplitMix(state: seed)
    }

    /// New events, all of them finished.
    mutating func events(_ count: Int) -> [Event] {
        (0..<count).map { _ in event(status: .finished) }
    }

    /// Records of a history as the log would hold it: creations, and changes of jobs among them.
    mutating func history(_ count: Int) -> [EventRecord] {
        (0..<count).map { _ in
            // Jobs wait for a while, so that a change is seldom next to its event's creation.
            if openJobs.count >= 1000 || (openJobs.count > 50 && random.below(3) == 0) { return nextChange() }
            let isJob = random.below(5) == 0
            let event = event(status: isJob ? .pending : .finished)
            if isJob { openJobs.append((event, false)) }
            return EventRecord(operation: .created, recordID: event.id.description, event: event)
        }
    }

    /// How far a history's log time is after its first record's, for the record of this number: a millisecond for ten.
    func time(ofRecord index: Int) -> Timestamp {
        Timestamp(microseconds: start.microseconds + Int64(index) * 100)
    }

    private mutating func nextChange() -> EventRecord {
        let at = random.below(openJobs.count)
        var event = openJobs[at].event
        let change = openJobs[at].isRunning ? EventChange(status: .finished) : EventChange(status: .inProgress)
        change.apply(to: &event)
        if openJobs[at].isRunning {
            openJobs.swapAt(at, openJobs.count - 1)
            openJobs.removeLast()
        } else {
            openJobs[at] = (event, true)
        }
        event.payload = nil
        number += 1
        return EventRecord(
            operation: .changed, recordID: "\(event.id).\(number)", event: event, changes: change.fields)
    }

    private mutating func event(status: EventStatus) -> Event {
        number += 1
        let shot = "sq\(random.below(90) + 10)_sh\(random.below(900) + 100)"
        let version = random.below(40) + 1
        let word = pick(Self.words)
        var event = Event(
            topic: pick(Self.topics), id: nextID(), sender: pick(Self.senders), project: pick(Self.projects),
            user: pick(Self.users), status: status, description: "\(word) of \(shot), version \(version)",
            summary: JSONText(trusting: Array(#"{"shot":"\#(shot)","version":\#(version)}"#.utf8)),
            payload: Payload(
                contentType: Payload.json,
                bytes: Array(
                    """
                    {"path":"/projects/\(shot)/\(word)/v\(version).exr","frames":\(random.below(480)),\
                    "host":"render\(random.below(64))","seconds":\(random.below(9000))}
                    """.utf8)))
        if random.below(10) == 0, !recent.isEmpty { event.dependsOn = pick(recent) }
        if recent.count < 512 { recent.append(event.id) } else { recent[number % 512] = event.id }
        return event
    }

    /// A UUIDv7, rising as real ones do.
    private mutating func nextID() -> EventID {
        let milliseconds = UInt64(start.microseconds / 1000) + UInt64(number / 10)
        return EventID(
            high: milliseconds << 16 | 0x7000 | UInt64(number % 10) * 400,
            low: random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[random.below(choices.count)] }
}

/// SplitMix64: small, fast, and the same everywhere.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
