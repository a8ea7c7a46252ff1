import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A real mail server (aiosmtpd) that behaves as a test wants, in a process of its own that ends with this object.
public final class TestMailServer: Sendable {
    public struct Behaviour: Codable, Sendable {
        /// `none`, `starttls` or `tls`.
        public var security = "none"
        public var user: String?
        public var password: String?
        /// `greeting`, `sender`, `recipient`, `content` or `farewell`: there it says no more.
        public var hangsAt: String?
        /// In place of its own. Nothing follows.
        public var greeting: String?
        public var senderReply: String?
        public var contentReply: String?
        /// By mailbox.
        public var recipientReplies: [String: String]?
        /// Then it says that it has enough, and wants another connection.
        public var mailsPerConnection: Int?
        /// It ends the connection behind each mail that it took.
        public var endsAfterMail: Bool?
        /// It takes the beginning of a mail, and little by little more of it.
        public var readsSlowly: Bool?
        /// It takes mails, and does not tell of them.
        public var countsOnly: Bool?
        fileprivate var certificate: String?
        fileprivate var key: String?

        public init() {}
    }

    private struct Happening: Decodable {
        var kind: String
        var port: UInt16?
        var mail: ReceivedMail?
        var isRight: Bool?
        var isComplete: Bool?
    }

    private struct State {
        var happenings: [Happening] = []
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// The server ended, or did not begin.
    public struct Ended: Error {}

    public let port: UInt16
    private let process: Task<Void, Never>
    private let state: States

    private final class States: Sendable {
        let value = Mutex(State())

        func wakeAll() {
            let waiting = value.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    public init(_ change: (inout Behaviour) -> Void = { _ in }) async throws {
        var behaviour = Behaviour()
        change(&behaviour)
        if behaviour.security != "none" {
            let files = try await TestCertificate.files
            behaviour.certificate = files.certificate
            behaviour.key = files.key
        }
        let text = String(decoding: try JSONEncoder().encode(behaviour), as: UTF8.self)
        let state = States()
        self.state = state
        process = Task { await Self.run(text, state) }
        do {
            port = try await Self.wait(state) { $0.first { $0.kind == "listening" }?.port }
        } catch {
            process.cancel()
            throw error
        }
    }

    deinit {
        process.cancel()
    }

    /// How many connections were made to it. Those before a mail are counted when the mail is there.
    public var connections: Int { count { $0.kind == "connection" } }

    /// Whether each login that was tried was right.
    public var logins: [Bool] { state.value.withLock { $0.happenings.compactMap(\.isRight) } }

    /// Whether each mail that it read slowly came with its end.
    public var completeness: [Bool] { state.value.withLock { $0.happenings.compactMap(\.isComplete) } }

    public var mails: [ReceivedMail] { state.value.withLock { $0.happenings.compactMap(\.mail) } }

    /// The first mails, when so many are there.
    @discardableResult
    public func mails(_ count: Int) async throws -> [ReceivedMail] {
        try await Self.wait(state) { happenings in
            let mails = happenings.compactMap(\.mail)
            return mails.count >= count ? mails : nil
        }
    }

    public func mail() async throws -> ReceivedMail {
        guard let mail = try await mails(1).first else { throw Ended() }
        return mail
    }

    /// Comes back when it hangs as it was told to, on so many connections.
    public func hanging(_ count: Int = 1) async throws {
        try await happened("hanging", count)
    }

    /// Comes back when so many connections have ended.
    public func closed(_ count: Int = 1) async throws {
        try await happened("closed", count)
    }

    private func happened(_ kind: String, _ count: Int) async throws {
        try await Self.wait(state) { $0.count { $0.kind == kind } >= count ? () : nil }
    }

    private func count(_ condition: (Happening) -> Bool) -> Int {
        state.value.withLock { $0.happenings.count(where: condition) }
    }

    /// Waits until the happenings show something.
    private static func wait<Result>(_ state: States, _ look: ([Happening]) -> Result?) async throws -> Result {
        while true {
            try Task.checkCancellation()
            let (happenings, hasEnded) = state.value.withLock { ($0.happenings, $0.hasEnded) }
            if let result = look(happenings) { return result }
            if hasEnded { throw Ended() }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isNews = state.value.withLock { state in
                        guard !Task.isCancelled, state.happenings.count == happenings.count, !state.hasEnded else {
                            return true
                        }
                        state.waiting.append(continuation)
                        return false
                    }
                    if isNews { continuation.resume() }
                }
            } onCancel: {
                // All look again, which harms nobody.
                state.wakeAll()
            }
        }
    }

    /// Runs the program until it ends or this is cancelled, and notes what it says.
    private static func run(_ behaviour: String, _ state: States) async {
        _ = try? await Subprocess.run(
            .path(FilePath(PythonMail.interpreter)), arguments: [PythonMail.serverScript, behaviour],
            input: .inputWriter, output: .sequence, error: .currentStandardError
        ) { execution in
            var rest: [UInt8] = []
            for try await part in execution.standardOutput {
                part.bytes.withUnsafeBytes { rest += $0 }
                var happenings: [Happening] = []
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Data(rest[..<end])
                    if let one = try? JSONDecoder().decode(Happening.self, from: line) { happenings.append(one) }
                    rest.removeSubrange(...end)
                }
                state.value.withLock { $0.happenings += happenings }
                state.wakeAll()
            }
        }
        state.value.withLock { $0.hasEnded = true }
        state.wakeAll()
    }
}
