import Daybook
import DaybookSQLite
import DaybookTesting
import Testing

@testable import DaybookKafka

/// The same random writes on the embedded log and on Kafka make the same index: what the backends do differently must
/// not show.
///
/// A script brings its own ids, times and texts, so that only positions and log times differ.
@Suite struct DifferentialTests {
    /// Few, because creating topics is what takes a small broker's time.
    private static let partitions: Int32 = 2
    private static let steps = 80
    private static let lanes = (0..<4).map { _ in AsyncGate() }

    @Test("50 random scripts give the same index on both", .needsBroker, arguments: 0..<50 as Range<UInt64>)
    func sameIndex(seed: UInt64) async throws {
        try await Self.lanes[Int(seed) % Self.lanes.count].withLock {
            let script = RandomScript(seed: seed, steps: Self.steps)
            let embedded = try await Self.onEmbeddedLog(script)
            let kafka = try await Self.onKafka(script)
            #expect(embedded.events > 20)
            #expect(embedded.difference(from: kafka) == nil)
        }
    }

    @Test(
        "what a log does wrong is seen in the comparison",
        arguments: [.recordsAreLost, .recordsAreDoubled, .emptyValuesBecomeNull] as [LogFault])
    func faultsShow(fault: LogFault) async throws {
        let script = RandomScript(seed: 1, steps: Self.steps)
        let right = try await Self.onEmbeddedLog(script)
        let again = try await Self.onEmbeddedLog(script)
        #expect(right.difference(from: again) == nil)
        let wrong = try await Self.onEmbeddedLog(script) { FaultyLog($0, fault) }
        #expect(right.difference(from: wrong) != nil)
    }

    private static func onEmbeddedLog(
        _ script: RandomScript, as disguised: (any EventLog) -> any EventLog = { $0 }
    ) async throws -> Projection {
        let log = disguised(try await SQLiteLog.inMemory())
        let projection = try await Projection(of: script, on: log, StreamLayout(partitions: partitions))
        try await log.close()
        return projection
    }

    private static func onKafka(_ script: RandomScript) async throws -> Projection {
        let log = try await KafkaLog.open(RealCluster.configuration())
        let layout = StreamLayout(prefix: uniqueName("differential"), partitions: partitions)
        let projection: Result<Projection, any Error>
        do {
            projection = .success(try await Projection(of: script, on: log, layout))
        } catch {
            projection = .failure(error)
        }
        try await log.close()
        await RealCluster.delete(streams: log.usedStreams)
        return try projection.get()
    }
}
