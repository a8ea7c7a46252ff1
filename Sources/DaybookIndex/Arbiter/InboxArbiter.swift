import Daybook
import Logging
import Synchronization

/// This process's part of the arbiter of a shared log: it decides the requests of those partitions of the inbox that the
/// group gives it.
final class InboxArbiter: Sendable {
    /// How many requests are read at a time, and of how many more of its partition a batch waits while one is decided; one
    /// transaction decides all that wait.
    private static let batchSize = 4096
    /// From how many requests in one transaction on it is waited for more of them, and how long: each transaction has its
    /// round trips and its markers, whatever it holds.
    private static let busy = 256
    private static let patience = Duration.milliseconds(5)
    private static let options = GroupOptions(start: .earliest, sessionTimeout: .seconds(6))

    private let catalog: StreamCatalog
    private let maximumHashes: Int
    private let snapshots: HashSnapshots?
    private let logger: Logger
    /// They may outlive the membership that they are of.
    private let saves = OpenTasks()
    private let owned = Mutex<[StreamPartition: PartitionArbiter]>([:])
    /// Of all partitions it ever had.
    private let verdicts = Mutex(VerdictCounts())

    private var group: String { "\(catalog.layout.prefix)-arbiter" }

    init(_ catalog: StreamCatalog, maximumHashes: Int, snapshots: HashSnapshots? = nil, logger: Logger) {
        self.catalog = catalog
        self.snapshots = snapshots
        // Hashes spread evenly over the partitions, and no process knows what the others have.
        self.maximumHashes =
            maximumHashes == .max ? .max : max(1, maximumHashes / Int(StreamLayout.arbiterPartitions))
        self.logger = logger
    }

    var statistics: ArbiterStatistics {
        get async {
            var sum = ArbiterStatistics(verdicts: verdicts.withLock { $0 })
            for arbiter in owned.withLock({ Array($0.values) }) {
                let part = await arbiter.statistics
                sum.hashes += part.hashes
                sum.jobs += part.jobs
                sum.memoryBytes += part.memoryBytes
                sum.replayed += part.replayed
            }
            return sum
        }
    }

    /// Decides until cancelled or the log is closed. Whatever fails, it leaves the group, so that others may go on, and
    /// comes back.
    func run() async {
        await takePartAlways()
        await saves.finish()
    }

    private func takePartAlways() async {
        var pause = Duration.milliseconds(100)
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await takePart()
            } catch is CancellationError {
                return
            } catch LogError.closed {
                return
            } catch {
                logger.warning("the arbiter starts again", metadata: ["error": "\(error)"])
            }
            if start.duration(to: .now) > .seconds(30) { pause = .milliseconds(100) }
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, .seconds(5))
        }
    }

    private func takePart() async throws {
        let inbox = catalog.layout.inbox.name
        let member = try await catalog.log.join(group: group, streams: [inbox], options: Self.options)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let work = InboxWork(capacity: Self.batchSize)
                tasks.addTask {
                    defer { work.finish() }
                    while true {
                        switch try await member.next(maximum: Self.batchSize) {
                        case .assigned(let partitions): work.open(partitions)
                        case .revoked(let partitions): try await work.close(partitions)
                        case .records(let batch): try await work.add(batch)
                        }
                    }
                }
                // A task for each partition, while it is held.
                for await line in work.lines {
                    tasks.addTask { [self] in try await decide(line, of: member, work) }
                }
                // The first failure ends all of them: without its deciders the reader must not keep the membership.
                while try await tasks.next() != nil {}
            }
        } catch {
            owned.withLock { $0 = [:] }
            await member.leave()
            throw error
        }
    }

    private func decide(_ line: BatchLine, of member: any GroupMember, _ work: InboxWork) async throws {
        let arbiter = PartitionArbiter(
            catalog, line.partition, group: group, member: member, maximumHashes: maximumHashes, snapshots: snapshots,
            logger: logger
        ) { [self] decided in verdicts.withLock { $0.add(decided) } }
        owned.withLock { $0[line.partition] = arbiter }
        let saving = saves.begin { [snapshots] in await snapshots?.keepSaved(arbiter.name, of: arbiter) }
        // The last snapshot is written while the next owner may already decide: it says up to where it knows.
        defer { saving.cancel() }
        do {
            try await arbiter.open()
            var last = 0
            // Who has just decided many will get about as many again: they come from publishers that waited for the answers.
            while let batch = try await line.next(
                atLeast: last >= Self.busy ? last / 2 : 0, within: Self.patience)
            {
                try await arbiter.decide(batch)
                last = batch.records.count
            }
        } catch {
            await part(with: arbiter, line)
            // The others stop, too: the group gets a new member.
            work.finish()
            throw error
        }
        await part(with: arbiter, line)
    }

    private func part(with arbiter: PartitionArbiter, _ line: BatchLine) async {
        owned.withLock { $0[line.partition] = nil }
        await arbiter.close()
        line.end()
    }
}
