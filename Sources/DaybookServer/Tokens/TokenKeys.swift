public import Logging
public import ServiceLifecycle
import Synchronization

/// The key set that tokens are checked with, kept up to date.
///
/// The last set that could be used stays in use while there is none newer.
public final class TokenKeys: Service {
    private struct State {
        var set: WebKeySet?
        /// The bytes that the set was made of.
        var bytes: [UInt8] = []
        /// Counts the sets.
        var version = 0
        var lastAttempt: ContinuousClock.Instant?
        var attempt: Task<Void, Never>?
        var lastFailure: String?
    }

    private let name: String
    private let fetch: @Sendable () async throws -> [UInt8]
    private let logger: Logger
    /// How often the set is read again.
    let interval: Duration
    /// How soon after the last time it is read again for a key that is not in it.
    private let pause: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: of the file or URL, for the log.
    ///   - fetch: gives the set's bytes as they are now.
    public convenience init(
        name: String, interval: Duration, pause: Duration = .seconds(10), logger: Logger,
        fetch: @escaping @Sendable () async throws -> [UInt8]
    ) {
        self.init(name: name, interval: interval, pause: pause, logger: logger, now: { .now }, fetch: fetch)
    }

    init(
        name: String, interval: Duration, pause: Duration, logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant, fetch: @escaping @Sendable () async throws -> [UInt8]
    ) {
        self.name = name
        self.interval = interval
        self.pause = pause
        self.logger = logger
        self.now = now
        self.fetch = fetch
    }

    /// - Returns: the set and its version; nil while none could be read.
    var current: (set: WebKeySet, version: Int)? {
        state.withLock { state in state.set.map { ($0, state.version) } }
    }

    /// Why there is no set, or the present one is old; nil when there is nothing wrong.
    public var failure: String? { state.withLock { $0.lastFailure } }

    /// Reads the set, together with all who ask for that meanwhile.
    public func refresh() async {
        await begin(after: .zero).value
    }

    /// The same, unless it was done just now.
    func refreshForUnknownKey() async {
        await begin(after: pause).value
    }

    private func begin(after pause: Duration) -> Task<Void, Never> {
        state.withLock { state in
            if let attempt = state.attempt { return attempt }
            if let last = state.lastAttempt, last.duration(to: now()) < pause { return Task {} }
            state.lastAttempt = now()
            let attempt = Task { await self.read() }
            state.attempt = attempt
            return attempt
        }
    }

    private func read() async {
        let outcome: Result<(WebKeySet, [UInt8])?, any Error>
        do {
            let bytes = try await fetch()
            let isKnown = state.withLock { $0.set != nil && $0.bytes == bytes }
            outcome = .success(isKnown ? nil : (try await WebKeySet(bytes), bytes))
        } catch {
            outcome = .failure(error)
        }
        switch outcome {
        case .success(let new):
            state.withLock { state in
                state.attempt = nil
                state.lastFailure = nil
                guard let (set, bytes) = new else { return }
                state.set = set
                state.bytes = bytes
                state.version += 1
            }
            guard let set = new?.0 else { return }
            logger.info("the keys of tokens were read", metadata: ["from": "\(name)"])
            for reason in set.omitted {
                logger.warning("a key of tokens is left out", metadata: ["from": "\(name)", "key": "\(reason)"])
            }
        case .failure(let error):
            let (isNew, isFirst) = state.withLock { state in
                state.attempt = nil
                let isNew = state.lastFailure != "\(error)"
                state.lastFailure = "\(error)"
                return (isNew, state.set == nil)
            }
            guard isNew else { return }
            logger.error(
                isFirst
                    ? "the keys of tokens cannot be read: no token is accepted until they can"
                    : "the keys of tokens cannot be read: those that were read before stay in use",
                metadata: ["from": "\(name)", "error": "\(error)"])
        }
    }

    /// Reads the set again and again, until it is shut down.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                // Without any set, waiting for a whole interval would be long.
                try await Task.sleep(for: self.current == nil ? min(self.interval, .seconds(5)) : self.interval)
                await self.refresh()
            }
        }
        // A service that ends by itself while the others shut down is taken for a failure.
        try? await gracefulShutdown()
    }
}
