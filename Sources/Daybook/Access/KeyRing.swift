import Logging
import Synchronization

/// The API keys of a log. It is all in memory; ``StreamCatalog`` keeps it up to date, so that a key that some server made
/// or revoked counts here as soon as the catalog's record was read.
public final class KeyRing: Sendable {
    /// Whose key a text is.
    public enum Finding: Hashable, Sendable {
        case caller(Caller)
        /// Of the key with the name.
        case expired(String)
        case unknown
    }

    /// A key, and who uses it: what that one may do is worked out once.
    private struct Entry {
        var key: APIKey
        var caller: Caller
    }

    private struct Watcher {
        var caller: Caller
        var continuation: AsyncStream<String>.Continuation
    }

    private struct State {
        var byName: [String: Entry] = [:]
        var byDigest: [String: Entry] = [:]
        /// Keys that this version cannot read count as well: a server with such keys is not open.
        var count = 0
        var watchers: [Int: Watcher] = [:]
        var observers: [Int: AsyncStream<Void>.Continuation] = [:]
        var last = 0
        var timer: Task<Void, Never>?
    }

    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameter now: what expiry goes by.
    init(logger: Logger = Logger(label: "daybook.keys"), now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.logger = logger
        self.now = now
    }

    deinit { state.withLock { $0.timer?.cancel() } }

    // MARK: - Asking

    /// Whether there is no key at all: then nobody needs one.
    public var isEmpty: Bool { state.withLock { $0.count == 0 } }

    /// All that can be read, by name.
    public var all: [APIKey] { state.withLock { $0.byName.values.map(\.key).sorted { $0.name < $1.name } } }

    public func key(named name: String) -> APIKey? { state.withLock { $0.byName[name]?.key } }

    public func find(_ text: String) -> Finding {
        let digest = KeySecret.digest(of: text)
        guard let entry = state.withLock({ $0.byDigest[digest] }) else { return .unknown }
        return isOver(entry.key) ? .expired(entry.key.name) : .caller(entry.caller)
    }

    /// What the owner of a registration may be given.
    ///
    /// - Parameter owner: the name of its key; nil is nobody's.
    func standing(of owner: String?) -> OwnerStanding {
        guard let owner else { return .reads(nil) }
        guard let entry = state.withLock({ $0.byName[owner] }), !isOver(entry.key) else { return .gone }
        return .reads(entry.caller.reading)
    }

    private func isOver(_ key: APIKey) -> Bool { key.expires.map { $0 <= now() } ?? false }

    /// Why a caller's rights have ended; nil when they have not.
    public func reasonForEnd(of caller: Caller) -> String? { state.withLock { reasonForEnd(of: caller, $0) } }

    // MARK: - Being told

    /// Waits until a caller's rights end, and says why they did. While keys come and go this takes no longer than the
    /// catalog does.
    ///
    /// - Throws: `CancellationError`.
    public func end(of caller: Caller) async throws -> String {
        let (ends, continuation) = AsyncStream.makeStream(of: String.self)
        let (id, reason) = state.withLock { state in
            state.last += 1
            state.watchers[state.last] = Watcher(caller: caller, continuation: continuation)
            return (state.last, reasonForEnd(of: caller, state))
        }
        defer { _ = state.withLock { $0.watchers.removeValue(forKey: id) } }
        if let reason { return reason }
        // A token's end is in no catalog.
        let timer = caller.origin == .token ? caller.expires : nil
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                for await reason in ends { return reason }
                return nil
            }
            if let timer {
                group.addTask {
                    try await Self.sleep(until: timer, self.now)
                    return "the token has expired"
                }
            }
            defer { group.cancelAll() }
            guard let reason = try await group.next() ?? nil else { throw CancellationError() }
            return reason
        }
    }

    /// Tells whenever keys came, went or expired, and once at the beginning.
    func observe() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.last += 1
            state.observers[state.last] = continuation
            return state.last
        }
        continuation.yield()
        continuation.onTermination = { [weak self] _ in
            Task { _ = self?.state.withLock { $0.observers.removeValue(forKey: id) } }
        }
        return stream
    }

    // MARK: - For the catalog

    /// Takes the catalog's keys in the place of those it had before.
    func set(_ items: [CatalogItem]) {
        var entries: [Entry] = []
        for item in items {
            if let key = APIKey(catalogItem: item) {
                entries.append(Entry(key: key, caller: key.caller))
            } else {
                logger.error(
                    "an API key in the catalog cannot be read, so nobody can use it: a later version may have written it",
                    metadata: ["key": "\(item.name)"])
            }
        }
        tell { state in
            state.count = items.count
            state.byName = Dictionary(entries.map { ($0.key.name, $0) }) { $1 }
            state.byDigest = Dictionary(entries.map { ($0.key.digest, $0) }) { $1 }
        }
    }

    /// Changes the keys, and tells all whom it concerns; nobody is woken under the lock, which their cancellers take.
    private func tell(_ change: (inout State) -> Void) {
        let (ended, observers) = state.withLock { state in
            change(&state)
            setTimer(&state)
            var ended: [(AsyncStream<String>.Continuation, String)] = []
            for watcher in state.watchers.values {
                guard let reason = reasonForEnd(of: watcher.caller, state) else { continue }
                ended.append((watcher.continuation, reason))
            }
            return (ended, Array(state.observers.values))
        }
        for (continuation, reason) in ended {
            continuation.yield(reason)
            continuation.finish()
        }
        for observer in observers { observer.yield() }
    }

    /// - Returns: nil while they have not ended.
    private func reasonForEnd(of caller: Caller, _ state: State) -> String? {
        switch caller.origin {
        case .open: return state.count == 0 ? nil : "an API key is needed now"
        case .log: return nil
        case .token:
            guard let expires = caller.expires, expires <= now() else { return nil }
            return "the token has expired"
        case .key:
            guard caller.keys.allSatisfy({ state.byName[$0.key]?.key.digest == $0.value }) else {
                return "the API key was revoked"
            }
            return caller.expires.map { $0 <= now() } ?? false ? "the API key has expired" : nil
        }
    }

    /// Tells anew when the next key expires.
    private func setTimer(_ state: inout State) {
        state.timer?.cancel()
        let present = now()
        guard let next = state.byName.values.compactMap(\.key.expires).filter({ $0 > present }).min() else {
            state.timer = nil
            return
        }
        state.timer = Task { [weak self, now] in
            guard (try? await Self.sleep(until: next, now)) != nil else { return }
            self?.tell { _ in }
        }
    }

    /// By the wall clock, which may be set meanwhile.
    private static func sleep(until time: Timestamp, _ now: () -> Timestamp) async throws {
        while true {
            let left = now().duration(to: time)
            if left <= .zero { return }
            try await Task.sleep(for: min(left, .milliseconds(500)))
        }
    }
}
