import Daybook
import Logging
import Synchronization

/// Asks the arbiter through the log: writes requests to the inbox, and reads its part of the verdicts.
final class InboxClient: Arbiter {
    /// How long a request waits for its verdict.
    private static let patience = Duration.seconds(15)

    /// One call of ``decide(_:)``.
    fileprivate struct Call {
        var answers: [Result<Verdict, LogError>?]
        var missing: Int
        var continuation: CheckedContinuation<[Result<Verdict, LogError>], Never>?
    }

    fileprivate struct State {
        var nextNumber: Int64 = 0
        var nextCall = 0
        var calls: [Int: Call] = [:]
        /// By the number of the request: its call, and its place in it.
        var waiting: [Int64: (call: Int, at: Int)] = [:]
        var isClosed = false
    }

    private let catalog: StreamCatalog
    private let logger: Logger
    private let name = "\(EventID.generate())"
    private let partition: StreamPartition
    private let firstReader: any LogReader
    private let state = Mutex(State())

    /// - Throws: ``LogError``.
    static func open(_ catalog: StreamCatalog, logger: Logger) async throws -> InboxClient {
        let verdicts = catalog.layout.verdicts
        let partition = StreamPartition(verdicts.name, Int32.random(in: 0..<verdicts.partitions))
        return InboxClient(catalog, partition, try await reader(of: partition, catalog), logger)
    }

    /// From the end: what comes before the first question is nobody's answer.
    private static func reader(of partition: StreamPartition, _ catalog: StreamCatalog) async throws -> any LogReader {
        let end = try await catalog.log.watermarks(of: [partition])[partition]?.end ?? 0
        return try await catalog.log.reader(from: [partition: end])
    }

    private init(_ catalog: StreamCatalog, _ partition: StreamPartition, _ reader: any LogReader, _ logger: Logger) {
        self.catalog = catalog
        self.partition = partition
        firstReader = reader
        self.logger = logger
    }

    // MARK: - Asking

    func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>] {
        var answers: [Result<Verdict, LogError>] = []
        // Most often one piece.
        for piece in Self.pieces(requests) { answers += await ask(piece) }
        return answers
    }

    /// Requests with one ordering key and different hashes may lie in different partitions of the inbox, and be decided in
    /// any order. So each waits for the one before.
    private static func pieces(_ requests: [HashRequest]) -> [ArraySlice<HashRequest>] {
        guard requests.count > 1 else { return [requests[...]] }
        var pieces: [ArraySlice<HashRequest>] = []
        var start = 0
        var hashes: [[UInt8]: HashDigest] = [:]
        for (at, request) in requests.enumerated() {
            let key = request.record.key ?? []
            if let other = hashes[key], other != request.digest {
                pieces.append(requests[start..<at])
                start = at
                hashes.removeAll(keepingCapacity: true)
            }
            hashes[key] = request.digest
        }
        pieces.append(requests[start...])
        return pieces
    }

    private func ask(_ requests: ArraySlice<HashRequest>) async -> [Result<Verdict, LogError>] {
        guard !requests.isEmpty else { return [] }
        let registered = state.withLock { state -> (call: Int, first: Int64)? in
            guard !state.isClosed else { return nil }
            let (call, first) = (state.nextCall, state.nextNumber)
            state.nextCall += 1
            state.nextNumber += Int64(requests.count)
            state.calls[call] = Call(
                answers: Array(repeating: nil, count: requests.count), missing: requests.count, continuation: nil)
            for at in 0..<requests.count { state.waiting[first + Int64(at)] = (call, at) }
            return (call, first)
        }
        guard let (call, first) = registered else { return requests.map { _ in .failure(.closed) } }
        let inbox = catalog.layout.inbox.name
        let records = requests.enumerated().map { at, request in
            NewRecord(
                StreamPartition(inbox, StreamLayout.arbiterPartition(of: request.digest)),
                InboxRecord.encode(
                    request, for: .init(name: name, partition: partition.partition, number: first + Int64(at))))
        }
        let outcomes = await catalog.log.append(records)
        // One whose outcome is not known may be answered all the same.
        for (at, outcome) in outcomes.enumerated() {
            if case .failure(let error) = outcome, !error.mayBeStored {
                settle([(first + Int64(at), .failure(error))])
            }
        }
        return await answers(of: call, first, count: requests.count)
    }

    private func answers(of call: Int, _ first: Int64, count: Int) async -> [Result<Verdict, LogError>] {
        let alarm = Task {
            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
            let unknown = LogError.outcomeUnknown("the arbiter did not answer in time")
            settle((first..<first + Int64(count)).map { ($0, .failure(unknown)) })
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { continuation in
            let done = state.withLock { state -> [Result<Verdict, LogError>]? in
                if state.calls[call]?.missing == 0 { return state.takeAnswers(of: call) }
                state.calls[call]?.continuation = continuation
                return nil
            }
            if let done { continuation.resume(returning: done) }
        }
    }

    private func settle(_ answers: [(number: Int64, answer: Result<Verdict, LogError>)]) {
        let finished = state.withLock { state in answers.compactMap { state.settle($0.number, $0.answer) } }
        for call in finished { call.continuation.resume(returning: call.answers) }
    }

    // MARK: - Being answered

    /// Reads verdicts until cancelled or the log is closed.
    func run() async {
        var reader = firstReader
        while !Task.isCancelled {
            do {
                let batch = try await reader.next(maximum: 1000)
                for stored in batch.records where stored.record.key.map({ $0.elementsEqual(name.utf8) }) == true {
                    take(stored.record)
                }
            } catch is CancellationError {
                break
            } catch LogError.outOfRange {
                // This process slept for longer than verdicts are kept. Who waits now may have been answered.
                logger.warning("verdicts were missed; reading on at their end")
                settleAll(.failure(.outcomeUnknown("the arbiter's answer was missed")))
                guard let next = await reopened() else { break }
                await reader.close()
                reader = next
            } catch let error as LogError where error.isRetriable {
                logger.warning("verdicts cannot be read; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(200))
            } catch {
                if (error as? LogError) != .closed {
                    logger.error("verdicts cannot be read any more", metadata: ["error": "\(error)"])
                }
                break
            }
        }
        state.withLock { $0.isClosed = true }
        settleAll(.failure(.outcomeUnknown("the server stops")))
        await reader.close()
    }

    /// - Returns: nil when cancelled or the log is closed.
    private func reopened() async -> (any LogReader)? {
        while !Task.isCancelled {
            do {
                return try await Self.reader(of: partition, catalog)
            } catch LogError.closed {
                return nil
            } catch {
                logger.warning("verdicts cannot be read; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        return nil
    }

    private func take(_ record: Record) {
        do throws(InvalidRecord) {
            settle(try VerdictRecord.decode(record).map { ($0.number, .success($0.verdict)) })
        } catch {
            logger.error("a verdict cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func settleAll(_ answer: Result<Verdict, LogError>) {
        settle(state.withLock { $0.waiting.keys.map { ($0, answer) } })
    }
}

extension InboxClient.State {
    /// - Returns: the call that has all its answers now, if it waits for them.
    fileprivate mutating func settle(
        _ number: Int64, _ answer: Result<Verdict, LogError>
    ) -> (continuation: CheckedContinuation<[Result<Verdict, LogError>], Never>, answers: [Result<Verdict, LogError>])?
    {
        guard let (call, at) = waiting.removeValue(forKey: number) else { return nil }
        calls[call]?.answers[at] = answer
        calls[call]?.missing -= 1
        guard let waiting = calls[call], waiting.missing == 0, let continuation = waiting.continuation else {
            return nil
        }
        return (continuation, takeAnswers(of: call))
    }

    fileprivate mutating func takeAnswers(of call: Int) -> [Result<Verdict, LogError>] {
        calls.removeValue(forKey: call)?.answers.map { $0 ?? .failure(.outcomeUnknown("the arbiter did not answer")) }
            ?? []
    }
}
