import Daybook
import LosslessJSON

/// Publishes lines of NDJSON in order, batch by batch, and keeps count.
///
/// While the server cannot take events, a batch is sent again until a time is over. That is safe, because every event
/// has its id before it is sent for the first time.
struct PublishRun {
    struct Count: Equatable {
        var published = 0
        /// Because their hashes were taken: they are in the log already, so this is no failure.
        var duplicates = 0
        /// For what they say; sending them again is of no use.
        var refused = 0
        /// Because the server or its log was not available.
        var failed = 0
    }

    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(2)

    let client: DaybookClient
    let atomically: Bool
    /// How long the server may be away.
    let patience: Duration
    /// Tells what became of a line.
    let report: (_ line: Int, _ result: DaybookClient.ItemResult) -> Void
    private(set) var count = Count()
    /// Whether the server ever took a connection: one that never did is most likely the wrong one, and not worth waiting for.
    private var wasReached = false

    init(
        client: DaybookClient, atomically: Bool = false, patience: Duration,
        report: @escaping (_ line: Int, _ result: DaybookClient.ItemResult) -> Void
    ) {
        self.client = client
        self.atomically = atomically
        self.patience = patience
        self.report = report
    }

    /// - Throws: ``CommandFailure`` when the server refuses the request as a whole, or stays away for too long; lines
    ///   that were refused only count.
    mutating func publish(lines: [[UInt8]], numbers: [Int]) async throws {
        try await send(lines.map { EventLine.withID($0) }[...], numbers[...])
    }

    private mutating func send(_ lines: ArraySlice<[UInt8]>, _ numbers: ArraySlice<Int>) async throws {
        var (lines, numbers) = (Array(lines), Array(numbers))
        let start = ContinuousClock.now
        var pause = Self.firstPause
        while true {
            var failure: CommandFailure?
            var results: [DaybookClient.ItemResult] = []
            do {
                results = try await client.publish(lines, atomically: atomically)
                wasReached = true
            } catch let error as CommandFailure where error.kind == .unavailable && (wasReached || !error.isUnreached) {
                wasReached = true
                failure = error
            } catch let error as CommandFailure where error.status == 413 && !atomically {
                try await sendInParts(lines, numbers, error)
                return
            }
            let isOver = start.duration(to: .now) + pause > patience
            var again: [Int] = []
            for (at, result) in results.enumerated() {
                if result.isUnavailable, !isOver, !atomically { again.append(at) } else { settle(numbers[at], result) }
            }
            if let failure, isOver {
                count.failed += lines.count
                throw CommandFailure(
                    .unavailable, "line \(numbers[0]) and those behind it were not published: \(failure.message)")
            }
            if failure == nil {
                guard !again.isEmpty else { return }
                (lines, numbers) = (again.map { lines[$0] }, again.map { numbers[$0] })
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// A request that is too large for the server may be so only because of its many lines.
    private mutating func sendInParts(_ lines: [[UInt8]], _ numbers: [Int], _ error: CommandFailure) async throws {
        guard lines.count > 1 else {
            settle(numbers[0], .init(id: nil, status: 413, error: error.message))
            return
        }
        let half = lines.count / 2
        try await send(lines[..<half], numbers[..<half])
        try await send(lines[half...], numbers[half...])
    }

    private mutating func settle(_ number: Int, _ result: DaybookClient.ItemResult) {
        if result.isPublished {
            count.published += 1
        } else if result.duplicateOf != nil {
            count.duplicates += 1
        } else if result.isUnavailable {
            count.failed += 1
        } else {
            count.refused += 1
        }
        report(number, result)
    }
}
