public import Daybook

/// How far the work of one queue is along: of all who ask for the same sources, target and conditions.
public struct QueueSummary: Hashable, Sendable {
    /// Sources or jobs, and since when the one has been in its state that has been longest.
    public struct Count: Hashable, Sendable {
        public var count = 0
        public var since: Timestamp?

        mutating func add(_ time: Int64) {
            count += 1
            since = min(since ?? Timestamp(microseconds: time), Timestamp(microseconds: time))
        }
    }

    public var sources: [TopicPattern]
    public var target: String
    public var isFiltered: Bool
    public var isSequential: Bool
    public var ignoredSenderTypes: [String]
    public var maximumAge: Duration?
    public var maximumRetries: Int
    /// Sources that wait for a worker.
    public var queued = Count()
    /// Jobs that somebody has.
    public var running = Count()
    /// Jobs that failed and will be done again.
    public var failed = Count()
    /// Jobs that failed as often as they may.
    public var exhausted = Count()
    /// Sources that are left out for their age.
    public var hidden = 0
    /// Whether all sources there are were counted; else there are more.
    public var isComplete: Bool

    init(_ queue: QueueState) {
        sources = queue.key.sources.sorted { $0.text < $1.text }
        target = queue.key.target
        isFiltered = queue.key.filter != nil
        isSequential = queue.key.isSequential
        ignoredSenderTypes = queue.key.ignoredSenderTypes.sorted()
        maximumAge = queue.key.maximumAge
        maximumRetries = queue.key.maximumRetries
        hidden = queue.hidden.count
        isComplete = queue.isComplete && queue.hidden.isComplete
        for source in queue.sources.values {
            switch source.phase {
            case .exhausted: exhausted.add(source.since)
            case .resting: failed.add(source.since)
            case .running: running.add(source.since)
            case .ready, .claiming:
                switch source.job?.status {
                case .failed: failed.add(source.since)
                case .pending, .inProgress: running.add(source.since)
                default: queued.add(source.since)
                }
            }
        }
    }
}
