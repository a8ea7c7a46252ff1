import CCurl
import Glibc
import Synchronization

/// The connection to a server, with what libcurl needs for it.
///
/// Only ``wake()`` may be called from anywhere; all else belongs on one queue, and is done there one call after the other,
/// which is why this is `Sendable`.
final class SMTPConnection: @unchecked Sendable {
    private let server: SMTPServer
    private var easy: CurlHandle?
    /// What ``wake()`` may reach; nil when it is freed.
    private let multi = Mutex<CurlMulti?>(nil)

    init(_ server: SMTPServer) {
        self.server = server
    }

    /// Lets a call that waits look whether it is abandoned.
    func wake() {
        multi.withLock { $0?.wake() }
    }

    func send(_ envelope: SMTPTransfer.Envelope, isAbandoned: @escaping () -> Bool) throws {
        guard !envelope.recipients.isEmpty else {
            throw SMTPFailure(
                server: server.address, stage: .connection, message: "the mail has no recipients", isPermanent: true)
        }
        let easy = try opened()
        let recipients = CurlList(envelope.recipients.map { "<\($0)>" })
        defer {
            easy.set(CURLOPT_MAIL_RCPT, pointer: nil)
            withExtendedLifetime(recipients) {}
        }
        easy.set(CURLOPT_NOBODY, 0)
        easy.set(CURLOPT_CUSTOMREQUEST, text: nil)
        easy.set(CURLOPT_UPLOAD, 1)
        easy.set(CURLOPT_INFILESIZE_LARGE, size: envelope.content.count)
        easy.set(CURLOPT_MAIL_FROM, text: "<\(envelope.sender)>")
        easy.set(CURLOPT_MAIL_RCPT, pointer: recipients.raw)
        try perform(easy, envelope.content, isAbandoned)
    }

    func check(isAbandoned: @escaping () -> Bool) throws {
        let easy = try opened()
        easy.set(CURLOPT_UPLOAD, 0)
        easy.set(CURLOPT_NOBODY, 1)
        easy.set(CURLOPT_MAIL_FROM, text: nil)
        easy.set(CURLOPT_CUSTOMREQUEST, text: "NOOP")
        try perform(easy, [], isAbandoned)
    }

    func close() {
        disconnect()
        easy = nil
    }

    private func disconnect() {
        let multi = multi.withLock { held in
            defer { held = nil }
            return held
        }
        easy?.sockets.stopReading()
        withBrokenPipesIgnored { multi?.close() }
    }

    private func opened() throws -> CurlHandle {
        if let easy { return easy }
        guard let easy = CurlHandle(server) else { throw noMemory }
        self.easy = easy
        return easy
    }

    private func connecting() throws -> CurlMulti {
        if let multi = multi.withLock({ $0 }) { return multi }
        guard let multi = CurlMulti() else { throw noMemory }
        self.multi.withLock { $0 = multi }
        return multi
    }

    private var noMemory: SMTPFailure {
        SMTPFailure(server: server.address, stage: .connection, message: "libcurl has no memory", isPermanent: false)
    }

    /// Performs a conversation; a second time when a connection from before turns out to have ended meanwhile, as long as
    /// the server cannot have taken the mail.
    private func perform(_ easy: CurlHandle, _ content: [UInt8], _ isAbandoned: @escaping () -> Bool) throws {
        for isRepeated in [false, true] {
            let transfer = SMTPTransfer(content: content, isAbandoned: isAbandoned)
            let multi = try connecting()
            let result = withBrokenPipesIgnored { multi.perform(easy, transfer) }
            if result == CURLE_OK { return }
            let wasReused = easy.long(CURLINFO_NUM_CONNECTS) == 0
            let failure = failure(result, easy, transfer)
            // libcurl keeps a connection also when the answer to a mail did not come in time: to the next mail, the late
            // answer would be one to what it did not ask.
            disconnect()
            if isAbandoned() { throw CancellationError() }
            if isRepeated || !wasReused || !hasEnded(result, transfer) { throw failure }
        }
    }

    private func hasEnded(_ result: CURLcode, _ transfer: SMTPTransfer) -> Bool {
        guard transfer.stage != .content else { return false }
        // 421: the server closes the connection, for its own reasons (RFC 5321, 3.8).
        if transfer.code == 421 { return true }
        let isLost = [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY].contains(result)
        return isLost && (transfer.code ?? 0) < 400
    }

    private func failure(_ result: CURLcode, _ easy: CurlHandle, _ transfer: SMTPTransfer) -> SMTPFailure {
        var failure = SMTPFailure(
            server: server.address, stage: transfer.stage, message: easy.text(of: result), isPermanent: false)
        if let code = transfer.code, code >= 400, result != CURLE_OPERATION_TIMEDOUT {
            failure.code = code
            failure.message = transfer.reply
            failure.isPermanent = code >= 500
        } else if result == CURLE_OPERATION_TIMEDOUT {
            failure.message = "no answer in time: \(failure.message)"
        } else if Self.unprotected.contains(result) {
            failure.stage = .encryption
            failure.isPermanent = true
        } else {
            failure.isPermanent = result == CURLE_LOGIN_DENIED
        }
        return failure
    }

    /// Failures that only other settings, or another server, can help.
    private static let unprotected = [
        CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
    ]
}
