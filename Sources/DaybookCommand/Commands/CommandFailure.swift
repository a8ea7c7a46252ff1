/// Why a command failed, for the person or script that ran it.
struct CommandFailure: Error, CustomStringConvertible {
    /// What a script can tell from the exit code.
    enum Kind: Int32, CaseIterable {
        /// Anything that is none of the others.
        case failure = 1
        /// No such event, or no such route on this server.
        case notFound = 3
        /// The server, or a rule, refused what was asked: it must be asked differently.
        case refused = 4
        /// The server or the log cannot be reached or used now: the same may work later.
        case unavailable = 5
        /// The command line or the configuration is wrong.
        case usage = 64
    }

    var kind: Kind
    /// One sentence that says what to do.
    var message: String
    /// The status of the server's answer, when it is the server that refused.
    var status: Int?
    /// Nobody took the connection, so nothing was sent.
    var isUnreached = false

    init(_ kind: Kind, _ message: String, status: Int? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
    }

    var description: String { message }
}
