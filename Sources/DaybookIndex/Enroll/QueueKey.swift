import Daybook

/// What requests share that have the same sources to choose from.
struct QueueKey: Hashable, Sendable {
    var sources: Set<TopicPattern>
    var target: String
    var filter: Filter?
    var ignoredSenderTypes: Set<String>
    var maximumAge: Duration?
    var maximumRetries: Int
    var retryDelay: Duration
    var isSequential: Bool

    func isSource(_ topic: UnsafeRawBufferPointer) -> Bool { sources.contains { $0.matches(topic) } }
}
