/// Why a delivery was not handled, and what is to become of it.
public enum HandlerFailure: Error, Hashable, Sendable {
    /// Trying again may help: it is tried again as the registration's failure policy says, not before the given time.
    case retriable(String, after: Duration? = nil)
    /// Trying again cannot help: it goes to dead letters at once.
    case permanent(String)
    /// What the handler depends on is down, for any delivery: all wait, and no attempt is counted.
    case unavailable(String, after: Duration? = nil)
    /// It must never be called again: the registration is paused, with this reason.
    case gone(String)
    /// It was not tried: it is delivered again as if it had not been handed over (see ``EventHandler/withdraw(_:)``); where
    /// nobody withdrew it, after the first pause of the failure policy.
    case withdrawn
}

extension HandlerFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .withdrawn: "it was not tried"
        case .retriable(let reason, _), .permanent(let reason), .unavailable(let reason, _), .gone(let reason): reason
        }
    }
}
