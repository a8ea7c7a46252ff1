import Synchronization

/// Deliveries that clients fetch and acknowledge: each is one client's for the time of its lease.
///
/// What is not acknowledged in time, or refused, counts as a failed attempt. What nobody has fetched waits for as long as
/// it takes.
public final class PullQueue: EventHandler {
    /// A delivery in a client's hands.
    public struct Leased: Sendable {
        /// What the client acknowledges it by.
        public var token: String
        public var delivery: Delivery
    }

    /// What a client says of a delivery.
    public enum Answer: Hashable, Sendable {
        case handled
        /// It is tried again, not before so long.
        case failed(String, after: Duration?)
        /// It goes to dead letters.
        case refused(String)
        /// The lease runs anew from now.
        case extended(Duration)
    }

    fileprivate struct Waiting {
        var delivery: Delivery
        var answer: CheckedContinuation<Void, any Error>
    }

    fileprivate struct Held {
        var waiting: Waiting
        var end: ContinuousClock.Instant
    }

    fileprivate struct State {
        /// By number.
        var waiting: [Int: Waiting] = [:]
        var order: [Int] = []
        var held: [Int: Held] = [:]
        var lastNumber = 0
        var pullers: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastPuller = 0
        /// No delivery may wait here now; whoever delivers takes up its work anew later.
        var isWithdrawn = false
        var isClosed = false
        var isSweeping = false
    }

    /// Tells this queue's tokens from those of another server, or of this one before it was started anew.
    private let name = String(EventID.generate().description.suffix(16))
    private let state = Mutex(State())

    public init() {}

    public var boundsItself: Bool { true }

    /// How many deliveries wait to be fetched, and how many are in clients' hands.
    public var counts: (waiting: Int, held: Int) { state.withLock { ($0.waiting.count, $0.held.count) } }

    // MARK: - From the registration

    public func prepare() async throws {
        state.withLock { $0.isClosed = false }
    }

    public func admit() async {
        state.withLock { $0.isWithdrawn = false }
    }

    public func handle(_ deliveries: [Delivery]) async throws {
        for delivery in deliveries { try await handle(delivery) }
    }

    private func handle(_ delivery: Delivery) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let pullers = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
                    if state.isWithdrawn || Task.isCancelled { return nil }
                    state.waiting[number] = Waiting(delivery: delivery, answer: continuation)
                    state.order.append(number)
                    return state.takePullers()
                }
                guard let pullers else { return continuation.resume(throwing: HandlerFailure.withdrawn) }
                for puller in pullers { puller.resume() }
            }
        } onCancel: {
            takeBack(number)
        }
    }

    /// The delivery is somebody else's by now: a client that has it in hand is told so when it answers.
    private func takeBack(_ number: Int) {
        let waiting = state.withLock { state in
            state.order.removeAll { $0 == number }
            return state.waiting.removeValue(forKey: number) ?? state.held.removeValue(forKey: number)?.waiting
        }
        waiting?.answer.resume(throwing: HandlerFailure.withdrawn)
    }

    /// What clients have fetched stays theirs until its lease ends.
    public func withdraw(_ partitions: Set<StreamPartition>?) async {
        let given = state.withLock { state in
            if partitions == nil { state.isWithdrawn = true }
            let numbers = state.waiting.filter {
                partitions?.contains($0.value.delivery.entry.position.partition) ?? true
            }
            for number in numbers.keys { state.waiting[number] = nil }
            state.order.removeAll { numbers[$0] != nil }
            return Array(numbers.values)
        }
        for waiting in given { waiting.answer.resume(throwing: HandlerFailure.withdrawn) }
    }

    public func close() async {
        await withdraw(nil)
        abandon()
    }

    /// No client can answer any more: what they have in hand is given back, and nothing is handed out. What comes in waits
    /// until it is withdrawn: who delivers would else hand it over again and again.
    func abandon() {
        let (held, pullers) = state.withLock { state in
            defer { state.held = [:] }
            state.isClosed = true
            return (state.held.values.map(\.waiting), state.takePullers())
        }
        for waiting in held { waiting.answer.resume(throwing: HandlerFailure.withdrawn) }
        for puller in pullers { puller.resume() }
    }

    // MARK: - From clients

    /// Fetches deliveries, the oldest first; waits for one when there is none.
    ///
    /// - Parameters:
    ///   - maximum: at most so many.
    ///   - wait: how long to wait for the first one.
    ///   - lease: how long they are the client's.
    public func pull(maximum: Int, wait: Duration, lease: Duration) async -> [Leased] {
        let deadline = ContinuousClock.now.advanced(by: wait)
        while true {
            let leased = take(maximum, lease)
            if !leased.isEmpty || ContinuousClock.now >= deadline || Task.isCancelled { return leased }
            // Nothing comes any more.
            if state.withLock(\.isClosed) { return [] }
            await waitForMore(until: deadline)
        }
    }

    private func take(_ maximum: Int, _ lease: Duration) -> [Leased] {
        let end = ContinuousClock.now.advanced(by: lease)
        return state.withLock { state in
            if state.isClosed { return [] }
            let numbers = state.order.prefix(maximum)
            state.order.removeFirst(numbers.count)
            let leased = numbers.compactMap { number -> Leased? in
                guard let waiting = state.waiting.removeValue(forKey: number) else { return nil }
                state.held[number] = Held(waiting: waiting, end: end)
                return Leased(token: "\(name)-\(number)", delivery: waiting.delivery)
            }
            if !leased.isEmpty { startSweeping(&state) }
            return leased
        }
    }

    private func waitForMore(until deadline: ContinuousClock.Instant) async {
        let number = state.withLock { state in
            state.lastPuller += 1
            return state.lastPuller
        }
        let timer = Task { [weak self] in
            try await Task.sleep(until: deadline, clock: .continuous)
            self?.stopWaiting(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.order.isEmpty, !Task.isCancelled, !state.isClosed else { return false }
                    state.pullers[number] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            stopWaiting(number)
        }
        timer.cancel()
    }

    private func stopWaiting(_ puller: Int) {
        state.withLock { $0.pullers.removeValue(forKey: puller) }?.resume()
    }

    /// Takes a client's word for a delivery.
    ///
    /// - Returns: false when the lease is over, or was never given by this server: then the delivery comes again.
    public func answer(_ token: String, _ answer: Answer) -> Bool {
        guard let number = number(of: token) else { return false }
        if case .extended(let lease) = answer {
            return state.withLock { state in
                guard state.held[number] != nil else { return false }
                state.held[number]?.end = ContinuousClock.now.advanced(by: lease)
                return true
            }
        }
        guard let held = state.withLock({ $0.held.removeValue(forKey: number) }) else { return false }
        switch answer {
        case .handled, .extended: held.waiting.answer.resume()
        case .failed(let reason, let after):
            held.waiting.answer.resume(throwing: HandlerFailure.retriable(reason, after: after))
        case .refused(let reason): held.waiting.answer.resume(throwing: HandlerFailure.permanent(reason))
        }
        return true
    }

    /// Whether a token is one of this queue's, whatever became of its lease.
    public func knows(_ token: String) -> Bool { number(of: token) != nil }

    private func number(of token: String) -> Int? {
        guard token.hasPrefix("\(name)-") else { return nil }
        return Int(token.dropFirst(name.count + 1))
    }

    // MARK: - Ends of leases

    private static let sweep = Duration.milliseconds(100)

    private func startSweeping(_ state: inout State) {
        guard !state.isSweeping else { return }
        state.isSweeping = true
        Task { [weak self] in
            repeat { try? await Task.sleep(for: Self.sweep) } while self?.endLeases() == true
        }
    }

    /// - Returns: whether there are more.
    private func endLeases() -> Bool {
        let now = ContinuousClock.now
        let (late, goesOn) = state.withLock { state in
            let late = state.held.filter { $0.value.end <= now }
            for number in late.keys { state.held[number] = nil }
            state.isSweeping = !state.held.isEmpty
            return (late.values.map(\.waiting), state.isSweeping)
        }
        for waiting in late {
            waiting.answer.resume(throwing: HandlerFailure.retriable("it was not acknowledged before its lease ended"))
        }
        return goesOn
    }
}

extension PullQueue.State {
    fileprivate mutating func takePullers() -> [CheckedContinuation<Void, Never>] {
        defer { pullers = [:] }
        return Array(pullers.values)
    }
}
