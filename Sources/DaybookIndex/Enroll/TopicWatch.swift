import Daybook

/// Notes what becomes of the events of some topics, for those who keep something of them beside the index.
struct TopicWatch {
    /// A record that was applied.
    struct Touch {
        /// What is still to be said of an event that is gone.
        struct Removed {
            var topic: String
            var dependsOn: EventID?
        }

        var id: EventID
        var offset: Int64
        var removed: Removed?
    }

    private var topics: TopicMatch?
    private(set) var touches: [Touch] = []

    init() {}

    /// - Parameter patterns: none: nothing is noted.
    mutating func follow(_ patterns: [TopicPattern]) {
        topics = TopicMatch(patterns)
        if patterns.isEmpty { touches = [] }
    }

    @inline(__always)
    mutating func note(_ id: EventID, topic: UInt32, offset: Int64, in facet: borrowing Facet) {
        if topics == nil { return }
        noteWatched(id, topic: topic, offset: offset, in: facet)
    }

    @inline(never)
    private mutating func noteWatched(_ id: EventID, topic: UInt32, offset: Int64, in facet: borrowing Facet) {
        if topics?.matches(topic, in: facet) == true { touches.append(Touch(id: id, offset: offset)) }
    }

    /// - Parameter isWatched: decides, besides the topics, that there is anything to note at all.
    mutating func noteRemoval(
        _ id: EventID, topic: UInt32, dependsOn: UnsafeRawBufferPointer?, offset: Int64, in facet: borrowing Facet
    ) {
        guard topics?.matches(topic, in: facet) == true else { return }
        let name = facet[topic].map { String(decoding: $0, as: UTF8.self) } ?? ""
        touches.append(
            Touch(
                id: id, offset: offset,
                removed: .init(topic: name, dependsOn: dependsOn?.loadUnaligned(as: EventID.self))))
    }

    mutating func take() -> [Touch] {
        defer { touches = [] }
        return touches
    }
}
