/// What went wrong in a call to Kafka, and what can be done about it.
///
/// Look at the classes in this order: ``isFatal`` (the client is of no more use: close it and make a new one),
/// ``requiresAbort`` (abort the transaction, then do it again from its beginning), ``isRetriable`` (repeat the same
/// call); anything else is a mistake in the request or the configuration, which ``message`` names.
public struct KafkaError: Error, Sendable {
    /// A librdkafka error code: broker errors are positive, the client's own are negative.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }
    }

    // One reference instead of eight fields, so that a result that may be an error stays as small as its success.
    private final class Details: Sendable {
        let code: Code
        let operation: String
        let message: String
        let isFatal: Bool
        let isRetriable: Bool
        let requiresAbort: Bool
        let mayBeStored: Bool

        init(
            code: Code, operation: String, message: String, isFatal: Bool, isRetriable: Bool, requiresAbort: Bool,
            mayBeStored: Bool
        ) {
            self.code = code
            self.operation = operation
            self.message = message
            self.isFatal = isFatal
            self.isRetriable = isRetriable
            self.requiresAbort = requiresAbort
            self.mayBeStored = mayBeStored
        }
    }

    private let details: Details

    /// librdkafka's code.
    public var code: Code { details.code }
    /// What was being done, as a phrase: `produce to orders [3]`.
    public var operation: String { details.operation }
    /// What went wrong, in librdkafka's or the broker's words.
    public var message: String { details.message }
    /// The client cannot go on; everything it is asked from now on fails. Make a new one.
    public var isFatal: Bool { details.isFatal }
    /// The same call may be repeated and can then succeed.
    public var isRetriable: Bool { details.isRetriable }
    /// The open transaction can only be aborted.
    public var requiresAbort: Bool { details.requiresAbort }
    /// Only of a message that was not acknowledged: whether the broker may have stored it all the same.
    public var mayBeStored: Bool { details.mayBeStored }

    /// An error of this layer's own making or translated from librdkafka's.
    public init(
        code: Code, operation: String, message: String, isFatal: Bool = false, isRetriable: Bool = false,
        requiresAbort: Bool = false, mayBeStored: Bool = false
    ) {
        details = Details(
            code: code, operation: operation, message: message, isFatal: isFatal, isRetriable: isRetriable,
            requiresAbort: requiresAbort, mayBeStored: mayBeStored)
    }
}

extension KafkaError: CustomStringConvertible {
    public var description: String {
        var classes: [String] = []
        if isFatal { classes.append("fatal") }
        if requiresAbort { classes.append("requires abort") }
        if isRetriable { classes.append("retriable") }
        let suffix = classes.isEmpty ? "" : ", " + classes.joined(separator: ", ")
        return "\(operation): \(message) (\(code.name)\(suffix))"
    }
}

extension KafkaError.Code: CustomStringConvertible {
    public var description: String { name }
}
