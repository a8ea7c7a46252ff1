import HTTPTypes

extension HTTPField.Name {
    /// Where a write lies in the log: one position, or for a batch the vector behind it.
    static let daybookPosition = known("Daybook-Position")
    /// On a read: answer only once the index has got as far as this position or vector.
    static let daybookMinPosition = known("Daybook-Min-Position")
    /// `false` when the index had not got as far within the time a request waits.
    static let daybookApplied = known("Daybook-Applied")
    /// `log` when an event was not in the index, over its bounds, but in the log.
    static let daybookFoundIn = known("Daybook-Found-In")
    /// On the write of one event: how many things the topic catalogue finds wrong with its summary, which is stored.
    static let daybookWarnings = known("Daybook-Warnings")
    static let requestID = known("X-Request-ID")
    /// AYON's client names itself with these.
    static let sender = known("x-sender")
    static let senderType = known("x-sender-type")
    /// In whose name a service acts.
    static let asUser = known("x-as-user")
    static let apiKey = known("x-api-key")
    /// Tells workers apart that share a sender's name.
    static let workerID = known("x-worker-id")
    /// Names a request, so that sending it again does nothing again.
    static let idempotencyKey = known("Idempotency-Key")

    /// Where the page is from that made a browser send a request, seen from the server.
    static let secFetchSite = known("Sec-Fetch-Site")

    /// The id of the last event that a client of an event stream has seen.
    static let lastEventID = known("Last-Event-ID")
    /// Tells proxies to pass an answer on as it comes.
    static let accelBuffering = known("X-Accel-Buffering")

    /// For names in the program.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        return field
    }
}

extension HTTPResponse.Status {
    static let multiStatus = HTTPResponse.Status(code: 207, reasonPhrase: "Multi-Status")
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
    /// Another item of an atomic batch failed.
    static let failedDependency = HTTPResponse.Status(code: 424, reasonPhrase: "Failed Dependency")
}
