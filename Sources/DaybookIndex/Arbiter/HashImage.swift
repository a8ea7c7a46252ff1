import Daybook

/// What a ``HashStore`` held at one moment. It may be read on any thread.
struct HashImage: Sendable {
    let entries: PagedImage<HashStore.Entry>
    let jobs: PagedImage<HashStore.Job>
    let bodies: PagedImage<UInt64>
    /// By the numbers that entries have for them.
    let partitions: [StreamPartition]
    /// By the numbers that entries and jobs have for them; nil where there is none.
    let holders: [Holder?]
}
