public import Daybook

/// What a handler is told by what it works in, and tells it.
public struct HandlerSurroundings: Sendable {
    /// What tables and columns go by; without it they show what the payload has.
    public var fields: DatasetFields
    /// Told of each attempt to send something somewhere.
    public var report: @Sendable (DeliveryAttempt) -> Void

    public init(
        fields: @escaping DatasetFields = { _ in nil }, report: @escaping @Sendable (DeliveryAttempt) -> Void = { _ in }
    ) {
        self.fields = fields
        self.report = report
    }
}
