public import Daybook

/// What a worker asks for: the next source event as a job of its own.
public struct EnrollRequest: Hashable, Sendable {
    public static let counts = 1...1000

    /// The topics of the sources.
    public var sources: [TopicPattern]
    /// The topic of the job.
    public var target: String
    /// Who asks.
    public var holder: Holder
    public var senderType: String?
    public var user: String?
    /// Of the job; nil for `Convert from SOURCES to TARGET`, with the first of the sources when they are too many.
    public var description: String?
    /// On the source.
    public var filter: Filter?
    /// Whether the oldest source whose job is not done keeps all later ones back from others than its holder.
    public var isSequential = false
    /// How often a failed job is done again: it runs `1 + maximumRetries` times in all.
    public var maximumRetries = 3
    /// Leaves out sources of these sender types and, when there are any, sources without one.
    public var ignoredSenderTypes: Set<String> = []
    /// Leaves out sources whose last record is older than this; nil for no limit. (AYON's default.)
    public var maximumAge: Duration? = .seconds(3 * 24 * 3600)
    /// How long the job stays the holder's without a sign of life, in whole seconds; nil for ever.
    public var lease: Duration?
    /// How long a failed job rests before its first retry; twice as long before each further one.
    public var retryDelay = Duration.zero
    /// How many jobs are wanted, those included that the holder has.
    public var count = 1
    /// How long to wait for a job when there is none.
    public var wait = Duration.zero

    public init(from sources: [TopicPattern], to target: String, for holder: Holder) {
        self.sources = sources
        self.target = target
        self.holder = holder
    }

    /// - Throws: ``InvalidEvent`` with everything that is wrong, by AYON's names.
    public func validate() throws(InvalidEvent) {
        var problems: [FieldProblem] = []
        func fail(_ field: String, _ message: String) { problems.append(FieldProblem(field, "bad_value", message)) }
        if sources.isEmpty { fail("sourceTopic", "name at least one topic") }
        if target.contains("*") {
            fail("targetTopic", "is the topic of the job, so it cannot have a '*'")
        } else if !Topic.isValid(target) {
            fail("targetTopic", "a topic is \(Topic.rule)")
        }
        if holder.sender.isEmpty { fail("sender", "cannot be empty: it says whose the job is") }
        if let worker = holder.workerID {
            let (count, limit) = (worker.utf8.count, EventLimits().name)
            if count == 0 { fail("workerId", "cannot be empty") }
            if count > limit {
                problems.append(FieldProblem("workerId", "too_long", "\(count) bytes; \(limit) at most"))
            }
        }
        if !(0...Int(Int32.max)).contains(maximumRetries) { fail("maxRetries", "must be 0 or more") }
        if let maximumAge, maximumAge <= .zero { fail("ignoreOlderThan", "must be 0 (no limit) or more days") }
        if let lease, lease < .seconds(1) || lease.components.attoseconds != 0 {
            fail("leaseSeconds", "must be at least 1; without it a job is its holder's for ever")
        }
        if retryDelay < .zero { fail("retryDelaySeconds", "must be 0 or more") }
        if !Self.counts.contains(count) { fail("count", "must be from 1 to \(Self.counts.upperBound)") }
        if isSequential, count > 1 { fail("count", "must be 1 with sequential, which hands out one job at a time") }
        if wait < .zero { fail("waitSeconds", "must be 0 or more") }
        if !problems.isEmpty { throw InvalidEvent(problems) }
    }

    /// Which sources may become jobs, and in which order: requests with one key share a queue.
    var queueKey: QueueKey {
        QueueKey(
            sources: Set(sources), target: target, filter: filter, ignoredSenderTypes: ignoredSenderTypes,
            maximumAge: maximumAge, maximumRetries: maximumRetries, retryDelay: retryDelay, isSequential: isSequential)
    }

    var terms: ClaimTerms { ClaimTerms(maximumRetries: maximumRetries, lease: lease, retryDelay: retryDelay) }

    private var defaultDescription: String {
        func text(_ sources: String) -> String { "Convert from \(sources) to \(target)" }
        let limit = EventLimits().description
        let all = text(sources.map(\.text).joined(separator: ", "))
        guard all.utf8.count > limit else { return all }
        var (named, count) = ("", 0)
        for source in sources {
            let more = count == 0 ? source.text : "\(named), \(source.text)"
            guard text("\(more) and \(sources.count - count) more").utf8.count <= limit else { break }
            (named, count) = (more, count + 1)
        }
        return text("\(named) and \(sources.count - count) more")
    }

    /// The job as it is created.
    func job(of source: EventID) -> Event {
        var metadata: [(String, JobMetadata.Value)] = []
        if let worker = holder.workerID { metadata.append((JobMetadata.workerID, .text(worker))) }
        if let lease { metadata.append((JobMetadata.lease, .integer(Int(lease.components.seconds)))) }
        return Event(
            topic: target, hash: JobHash.text(target: target, source: source), sender: holder.sender,
            senderType: senderType, user: user, dependsOn: source, status: .pending,
            description: description ?? defaultDescription, metadata: JobMetadata.json(metadata))
    }
}
