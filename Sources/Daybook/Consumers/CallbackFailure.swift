/// What came of several callbacks that failed, as the one failure that the registration is told.
struct CallbackFailure: Sendable {
    private(set) var failure: HandlerFailure?

    /// Adds what a callback threw. Of several failures the one that asks for the most care wins.
    mutating func add(_ error: any Error, of callback: String) {
        let new = Self.failure(error, of: callback)
        guard let old = failure else {
            failure = new
            return
        }
        switch (old, new) {
        case (.retriable(let first, let a), .retriable(let second, let b)):
            let after = [a, b].compactMap { $0 }.max()
            failure = .retriable("\(first); \(second)", after: after)
        default: if Self.weight(new) > Self.weight(old) { failure = new }
        }
    }

    private static func failure(_ error: any Error, of callback: String) -> HandlerFailure {
        switch error as? HandlerFailure {
        case .gone(let reason): .gone("callback \(callback): \(reason)")
        case .unavailable(let reason, let after): .unavailable("callback \(callback): \(reason)", after: after)
        case .retriable(let reason, let after): .retriable("callback \(callback): \(reason)", after: after)
        case .withdrawn: .withdrawn
        case .permanent, nil: .retriable("callback \(callback): \(error)")
        }
    }

    private static func weight(_ failure: HandlerFailure) -> Int {
        switch failure {
        case .gone: 4
        case .unavailable: 3
        case .retriable: 2
        case .withdrawn: 1
        case .permanent: 0
        }
    }
}
