import Daybook

/// The place of a source among all: the oldest `createdAt` first, then the global order of the `created` records.
struct SourceKey: Comparable, Hashable {
    var createdAt: Int64
    var time: Int64
    var partition: StreamPartition
    var offset: Int64

    init(_ view: IndexedEventView) {
        createdAt = view.createdAt.microseconds
        time = view.createdTime.microseconds
        partition = view.created.partition
        offset = view.created.offset
    }

    init(createdAt: Int64, time: Int64, partition: StreamPartition, offset: Int64) {
        self.createdAt = createdAt
        self.time = time
        self.partition = partition
        self.offset = offset
    }

    static func < (a: Self, b: Self) -> Bool {
        if a.createdAt != b.createdAt { return a.createdAt < b.createdAt }
        if a.time != b.time { return a.time < b.time }
        if a.partition != b.partition { return a.partition < b.partition }
        return a.offset < b.offset
    }
}
