import Dispatch
import Synchronization

/// Sends mails to one server, one after the other over one connection that is kept between them.
///
/// All calls may be made from anywhere. The work is done on a queue of its own, never on the threads that async code
/// shares. A connection that was idle for about two minutes, or that the server ended, is made anew.
public final class SMTPClient: Sendable {
    public let server: SMTPServer
    private let connection: SMTPConnection
    private let isClosed = Mutex(false)
    private let queue = DispatchQueue(label: "mail.smtp")

    /// Nothing is connected yet.
    public init(_ server: SMTPServer) {
        self.server = server
        connection = SMTPConnection(server)
    }

    deinit {
        let connection = connection
        // The farewell may take a moment.
        queue.async { connection.close() }
    }

    /// Sends a mail. When it returns, the server has accepted it for all recipients; when it throws, for none, with one
    /// exception: an answer that got lost (``SMTPFailure/Stage/content`` without a code).
    ///
    /// It takes no longer than the server's time-outs say, once those that were sent before it are through. A cancelled
    /// call ends at once; the mail may then be sent or not.
    ///
    /// - Throws: ``SMTPFailure``, `CancellationError`.
    public func send(_ message: MailMessage) async throws {
        let content = message.rendered()
        let envelope = SMTPTransfer.Envelope(
            sender: message.from.mailbox, recipients: message.recipients.map(\.mailbox), content: content)
        try await run { try $0.send(envelope, isAbandoned: $1) }
    }

    /// Connects, protects the connection and logs in, as for a mail, and sends none.
    ///
    /// - Throws: as ``send(_:)``.
    public func check() async throws {
        try await run { try $0.check(isAbandoned: $1) }
    }

    /// Ends the connection, behind what is being sent. Nothing can be sent afterwards.
    public func close() async {
        isClosed.withLock { $0 = true }
        let connection = connection
        await withCheckedContinuation { continuation in
            queue.async {
                connection.close()
                continuation.resume()
            }
        }
    }

    private func run(
        _ body: @escaping @Sendable (SMTPConnection, @escaping @Sendable () -> Bool) throws -> Void
    ) async throws {
        guard !isClosed.withLock({ $0 }) else {
            throw SMTPFailure(
                server: server.address, stage: .connection, message: "the client is closed", isPermanent: false)
        }
        let call = SMTPCall()
        let connection = connection
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                call.begin(continuation)
                queue.async {
                    guard !call.isOver else { return }
                    call.end(with: Result { try body(connection) { call.isOver } })
                }
            }
        } onCancel: {
            call.end(with: .failure(CancellationError()))
            connection.wake()
        }
    }
}
