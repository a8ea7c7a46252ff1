import CRdKafka
import Synchronization

/// Stores messages and consumer positions together, or none of them.
///
/// There is one transaction at a time; whoever begins another waits. At most one producer with the same transactional
/// id works at a time: ``start(limit:)`` fences the former one off and resolves what it left open.
///
/// After an error look at its classes as ``KafkaError`` tells: ``KafkaError/isFatal`` (also when fenced) ends this
/// producer, ``KafkaError/requiresAbort`` the transaction. A ``commit()`` whose outcome is unknown throws an error
/// with ``KafkaError/mayBeStored``. The next ``begin()`` asks again how it ended; so does the ``start(limit:)`` of a new
/// producer with the id.
public final class KafkaTransactionalProducer: Sendable {
    private let core: ProducerCore
    private let gate = TransactionGate()
    private let state = Mutex(State.closed)
    private let transactionTimeout: Duration

    private enum State {
        case closed
        case ready
        case open
        /// A commit was sent and its answer is missing. Only the same again can be next.
        case committing
        /// A fatal error has ended it.
        case failed(KafkaError)

        var isOpen: Bool { if case .open = self { true } else { false } }
        var isCommitting: Bool { if case .committing = self { true } else { false } }
    }

    /// - Parameters:
    ///   - transactionTimeout: the broker aborts a transaction that is older.
    ///   - metadataTimeout: how long the first message to a topic may wait for the cluster to tell about it.
    public init(
        _ configuration: KafkaConfiguration, transactionalID: String, transactionTimeout: Duration = .seconds(10),
        metadataTimeout: Duration = .seconds(10)
    ) throws {
        self.transactionTimeout = transactionTimeout
        core = try ProducerCore(
            configuration, name: "transactional producer",
            defaults: [
                // A broker that is still completing the last transaction says "again": at the default of 100 ms that
                // wait would be most of a transaction's time.
                "retry.backoff.ms": "5"
            ],
            required: [
                "transactional.id": transactionalID,
                "transaction.timeout.ms": String(transactionTimeout.milliseconds),
            ],
            metadataTimeout: metadataTimeout)
    }

    /// Fences off the former producer of this transactional id and completes or aborts what it left open. Once, before
    /// anything else; if it throws an error that is retriable, it may be repeated.
    public func start(limit: Duration = .seconds(60)) async throws {
        try await repeating("start transactions", limit: limit) { rd_kafka_init_transactions($0, $1) }
        state.withLock { $0 = .ready }
    }

    // MARK: Transactions

    /// Runs `body` within a transaction and commits it. Aborts when `body` throws or its task is cancelled, and throws
    /// what it threw.
    ///
    /// Nothing is repeated by itself: after an error that is neither fatal nor ``KafkaError/mayBeStored`` the
    /// transaction did not happen, and may be run again from its beginning.
    public func withTransaction<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        try await begin()
        do {
            let result = try await body()
            try Task.checkCancellation()
            try await commit()
            return result
        } catch {
            // A commit without an answer cannot be aborted any more, and a dead client cannot abort.
            if state.withLock({ $0.isOpen }) { try? await abort() }
            throw error
        }
    }

    /// Begins a transaction; waits while another is open. ``commit()`` or ``abort()`` must follow.
    public func begin() async throws {
        try await gate.enter()
        do {
            if state.withLock({ $0.isCommitting }) { try await resolve() }
            switch state.withLock({ $0 }) {
            case .closed:
                throw KafkaError.misuse("begin a transaction", "start() comes first, and nothing after close()")
            case .failed(let error): throw error
            case .ready, .open, .committing: break
            }
            // Not `slow`: it asks nobody.
            try core.client.use("begin a transaction") { raw in
                try KafkaError.check(rd_kafka_begin_transaction(raw), "begin a transaction")
            }
            state.withLock { $0 = .open }
        } catch {
            gate.leave()
            throw error
        }
    }

    /// Adds messages to the open transaction and tells for each where it will be, once it is committed; see
    /// ``KafkaProducer/produce(_:)``.
    public func produce(_ messages: [OutgoingMessage]) async throws -> [Result<DeliveryReport, KafkaError>] {
        try await enqueue(messages).results()
    }

    /// Returns as soon as the messages are enqueued: ``commit()`` waits for all that were.
    public func enqueue(_ messages: [OutgoingMessage]) async throws -> PendingDeliveries {
        try await core.enqueue(messages)
    }

    /// Makes the group's new positions part of the transaction. An offset is that of the next message to read.
    /// - Parameter group: from the consumer that read the messages; if its group has moved on, this fails and requires
    ///   an abort.
    public func sendOffsets(_ positions: [TopicPartitionOffset], of group: ConsumerGroupMetadata) async throws {
        guard !positions.isEmpty else { return }
        let operation = "add positions to the transaction"
        try await repeating(operation, limit: transactionTimeout) { raw, timeout in
            TopicPartitionList(positions).withRaw { rd_kafka_send_offsets_to_transaction(raw, $0, group.raw, timeout) }
        }
    }

    /// Waits for the messages of the transaction and commits it.
    public func commit() async throws {
        try requireOpen("commit the transaction")
        do {
            try await finishCommit()
            gate.leave()
        } catch {
            // What must be aborted is still open, and everybody else waits for the abort.
            if state.withLock({ !$0.isOpen }) { gate.leave() }
            throw error
        }
    }

    private func finishCommit() async throws {
        let operation = "commit the transaction"
        state.withLock { $0 = .committing }
        do {
            try await repeating(operation, limit: transactionTimeout * 2) { raw, _ in
                // -1: as long as the transaction may last. Then it says so, and the same call goes on.
                rd_kafka_commit_transaction(raw, -1)
            }
            state.withLock { $0 = .ready }
        } catch let error as KafkaError where error.requiresAbort {
            state.withLock { $0 = .open }
            throw error
        } catch let error as KafkaError where error.isRetriable {
            throw KafkaError(
                code: error.code, operation: operation,
                message: "\(error.message); whether the transaction is committed is not known", isRetriable: true,
                mayBeStored: true)
        } catch {
            // The next start() of this transactional id resolves the transaction.
            fail(with: error)
            throw error
        }
    }

    /// Finds out how the last transaction ended, or ends it.
    private func resolve() async throws {
        do {
            try await finishCommit()
        } catch let error as KafkaError where error.requiresAbort {
            try await finishAbort()
        }
    }

    /// Gives the transaction up: readers of committed messages never see anything of it.
    public func abort() async throws {
        try requireOpen("abort the transaction")
        defer { gate.leave() }
        try await finishAbort()
    }

    private func finishAbort() async throws {
        do {
            try await repeating("abort the transaction", limit: transactionTimeout * 2) { raw, _ in
                rd_kafka_abort_transaction(raw, -1)
            }
            state.withLock { $0 = .ready }
        } catch {
            // A new producer with the id aborts it, or the broker does by its time limit.
            fail(with: error)
            throw error
        }
    }

    /// Neither committed nor aborted, the producer is of no more use. Closed, it stays closed.
    private func fail(with error: any Error) {
        guard let error = error as? KafkaError, error.code != .closed else { return }
        let fatal = KafkaError(
            code: error.code, operation: error.operation, message: error.message, isFatal: true,
            mayBeStored: error.mayBeStored)
        state.withLock { $0 = .failed(fatal) }
    }

    private func requireOpen(_ operation: String) throws {
        if state.withLock({ !$0.isOpen }) { throw KafkaError.misuse(operation, "there is no open transaction") }
    }

    /// Repeats a call as long as librdkafka says that the same call may succeed.
    private func repeating(
        _ operation: String, limit: Duration,
        _ call: @escaping @Sendable (OpaquePointer, _ timeout: Int32) -> OpaquePointer?
    ) async throws {
        try await core.slow.run { [core] in
            let end = ContinuousClock.now + limit
            try repeatedly(for: limit, pause: .milliseconds(5), while: \.isRetriable) {
                try core.client.use(operation) { raw in
                    try KafkaError.check(call(raw, (end - .now).milliseconds), operation)
                }
            }
        }
    }

    // MARK: The end

    /// The error that ended this producer for good, if one did.
    public var fatalError: KafkaError? { core.events.fatalError }

    /// Aborts an open transaction and frees the connection.
    public func close(limit: Duration = .seconds(10)) async {
        let last = state.withLock { state in
            defer { state = .closed }
            return state
        }
        await core.close(limit: limit) { raw in
            guard last.isOpen, let error = rd_kafka_abort_transaction(raw, limit.milliseconds) else { return }
            rd_kafka_error_destroy(error)
        }
        // Those who wait for their turn find the producer closed.
        gate.close()
    }

    /// Ends as the death of the process would: a transaction stays open. For tests of that.
    public func abandon() {
        state.withLock { $0 = .closed }
        core.abandon()
        gate.close()
    }
}
