import ArgumentParser
import Daybook
import DaybookIndex

/// What the arbiter's memory of hashes occupies.
struct HashMemory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hash-memory", shouldDisplay: false)

    @Option var hashes: Int
    /// Each hash is a job that somebody has, with a lease, and that somebody else had before.
    @Flag var jobs = false

    func run() async throws {
        try await Rounds.serve { _ in
            let before = residentBytes()
            var decider = Decider()
            for number in 0..<hashes {
                try decider.restore(HashDigest("hash \(number)"), state(number))
            }
            let bytes = residentBytes() - before
            guard decider.count == hashes else { throw BenchError("\(decider.count) hashes are remembered") }
            return Rounds.Outcome(operations: hashes, bytes: bytes)
        }
    }

    private func state(_ number: Int) -> HashState {
        let partition = StreamPartition("bench.\(Workload.family)", Int32(number % Int(Workload.partitions)))
        var state = HashState(
            event: EventID(high: UInt64(number) << 16 | 0x7000, low: 1 << 63),
            created: Position(partition, Int64(number)))
        if jobs {
            var job = JobState(status: .inProgress, retries: 1, holder: Holder("worker \(number % 32)"))
            job.give(
                to: Holder("worker \((number + 1) % 32)"), lease: .seconds(60),
                at: Timestamp(milliseconds: 1_790_000_000_000))
            state.job = job
        }
        return state
    }
}
