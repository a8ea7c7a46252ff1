import Daybook

/// What a record of the simulated log says. What the arbiter and the projectors depend on is as on the wire.
enum SimulatedContent {
    /// A history or signals record.
    case event(Record)
    case request(SimulatedRequest)
    /// A hash's state; nil ends it.
    case state(HashDigest, [UInt8]?)
    case verdict(SimulatedVerdict)
}

/// A request in the inbox, with who waits for its verdict.
struct SimulatedRequest {
    var request: HashRequest
    var client: Int
    /// The client's number for it; repeats have the same.
    var number: Int
}

struct SimulatedVerdict {
    /// The offset of the request, in the inbox partition of ``partition``.
    var offset: Int64
    var partition: Int32
    var client: Int
    var number: Int
    var verdict: Verdict
}

/// The streams of the simulated log.
enum SimulatedStream {
    /// How many partitions each of the arbiter's streams, and history, has.
    static let partitions: Int32 = 2

    static func inbox(_ partition: Int32) -> StreamPartition { StreamPartition("sim.inbox", partition) }
    static func dedup(_ partition: Int32) -> StreamPartition { StreamPartition("sim.dedup", partition) }
    static func verdicts(_ client: Int) -> StreamPartition {
        StreamPartition("sim.verdicts", Int32(client) % partitions)
    }
    static func history(_ partition: Int32) -> StreamPartition { StreamPartition("sim.history", partition) }
    static let signals = StreamPartition("sim.signals", 0)

    static let allHistory = (0..<partitions).map { history($0) }
    static let all =
        (0..<partitions).flatMap { [inbox($0), dedup($0), StreamPartition("sim.verdicts", $0), history($0)] } + [
            signals
        ]

    /// The partition of the inbox and the dedup stream that a hash belongs to.
    static func arbiterPartition(of hash: String) -> Int32 {
        Partitioner.partition(of: HashDigest(hash).bytes, partitions: partitions)
    }

    static func historyPartition(ofKey key: String) -> StreamPartition {
        history(Partitioner.partition(of: key.utf8, partitions: partitions))
    }
}
