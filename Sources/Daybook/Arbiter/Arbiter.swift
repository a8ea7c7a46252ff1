/// Decides every write that concerns a hash, so that one event at most has it (guarantee G3) and a job has one holder
/// (guarantee G6).
public protocol Arbiter: Sendable {
    /// Decides requests. Those of one hash are decided in their order.
    ///
    /// - Returns: in the order of the requests: the verdict, once it is durable; or why there is none. After
    ///   ``LogError/outcomeUnknown(_:)`` a request may be decided all the same, and asking again is safe.
    func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>]
}
