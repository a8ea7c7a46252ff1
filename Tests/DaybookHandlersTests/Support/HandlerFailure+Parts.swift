import Daybook

extension HandlerFailure {
    /// The case's name.
    var kind: String {
        switch self {
        case .retriable: "retriable"
        case .permanent: "permanent"
        case .unavailable: "unavailable"
        case .gone: "gone"
        case .withdrawn: "withdrawn"
        }
    }

    var after: Duration? {
        switch self {
        case .retriable(_, let after), .unavailable(_, let after): after
        case .permanent, .gone, .withdrawn: nil
        }
    }
}

/// The failure that a body throws; nil when it throws none, or another error.
func failure(_ body: () async throws -> Void) async -> HandlerFailure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HandlerFailure
    }
}
