import Daybook

/// A Kafka of a few partitions, in which everything takes its time: nothing happens by itself.
struct SimulatedBroker {
    /// Something that was sent, whose sender has given up waiting.
    enum Flight {
        case append(SimulatedContent, StreamPartition)
        case commit(SimulatedWriter)
    }

    private(set) var now = Timestamp(microseconds: 1_700_000_000_000_000)
    private var partitions: [StreamPartition: SimulatedPartition] = [:]
    /// How far each partition's log time is from the clock.
    private var skews: [StreamPartition: Duration] = [:]
    var group = SimulatedGroup()
    var flights: [Flight] = []
    /// By transactional id, of which each inbox partition has one.
    var producers = [SimulatedProducer](repeating: SimulatedProducer(), count: Int(SimulatedStream.partitions))
    var lastTransaction = 0

    init(using random: inout SeededGenerator) {
        for partition in SimulatedStream.all {
            partitions[partition] = SimulatedPartition()
            skews[partition] = .milliseconds(Int.random(in: -1000...1000, using: &random))
        }
    }

    subscript(partition: StreamPartition) -> SimulatedPartition {
        _read { yield partitions[partition, default: SimulatedPartition()] }
        _modify { yield &partitions[partition, default: SimulatedPartition()] }
    }

    func time(in partition: StreamPartition) -> Timestamp { now.advanced(by: skews[partition] ?? .zero) }

    mutating func advance(by duration: Duration) { now = now.advanced(by: duration) }

    /// Appends outside of any transaction.
    @discardableResult
    mutating func append(_ content: SimulatedContent, to partition: StreamPartition) -> Appended {
        let time = time(in: partition)
        return Appended(position: Position(partition, self[partition].append(content, at: time)), time: time)
    }

    /// Something arrives after all.
    mutating func land(_ flight: Int) {
        switch flights.remove(at: flight) {
        case .append(let content, let partition): append(content, to: partition)
        case .commit(var writer): try? end(&writer, isCommit: true)
        }
    }
}
