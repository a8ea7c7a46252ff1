import Daybook
import Logging

/// Which arbiter a node has.
enum Arbitration: Sendable {
    /// The log is this process's own.
    case direct(DirectArbiter)
    /// The log is shared.
    case none

    var arbiter: (any Arbiter)? {
        switch self {
        case .direct(let arbiter): arbiter
        case .none: nil
        }
    }

    static func open(
        _ catalog: StreamCatalog, _ configuration: DaybookNode.Configuration, _ logger: Logger
    ) async throws -> Arbitration {
        if configuration.isShared { return .none }
        return .direct(try await DirectArbiter.open(catalog, maximumHashes: configuration.maximumHashes))
    }
}
