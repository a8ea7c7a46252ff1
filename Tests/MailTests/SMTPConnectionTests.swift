import Mail
import MailTesting
import Testing

/// How connections are kept, and what is done when they end.
@Suite(.enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable }, .timeLimit(.minutes(2)))
struct SMTPConnectionTests {
    @Test func manyMailsGoOverOneConnection() async throws {
        let server = try await TestMailServer()
        let client = try server.client()
        for number in 0..<10 { try await client.send(.sample(subject: "\(number)")) }
        try await withThrowingTaskGroup { group in
            for number in 10..<20 { group.addTask { try await client.send(.sample(subject: "\(number)")) } }
            try await group.waitForAll()
        }
        let got = try await server.mails(20)
        #expect(Set(got.map(\.subject)) == Set((0..<20).map { "\($0)" }))
        #expect(server.connections == 1)
    }

    @Test func aServerThatWantsAnotherConnectionGetsIt() async throws {
        let server = try await TestMailServer { $0.mailsPerConnection = 2 }
        let client = try server.client()
        for number in 0..<5 { try await client.send(.sample(subject: "\(number)")) }
        #expect(try await server.mails(5).map(\.subject) == ["0", "1", "2", "3", "4"])
        #expect(server.connections == 3)
    }

    @Test func aConnectionThatTheServerEndedIsMadeAnew() async throws {
        let server = try await TestMailServer { $0.endsAfterMail = true }
        let client = try server.client()
        for number in 1...3 {
            try await client.send(.sample())
            try await server.closed(number)
        }
        #expect(try await server.mails(3).count == 3)
        #expect(server.connections == 3)
    }

    @Test func aRefusedMailLeavesTheClientUsable() async throws {
        let server = try await TestMailServer { $0.recipientReplies = ["no@c.example": "550 5.1.1 no such user"] }
        let client = try server.client()
        try await client.send(.sample())
        _ = await smtpFailure { try await client.send(.sample(to: "no@c.example")) }
        try await client.send(.sample())
        #expect(try await server.mails(2).count == 2)
    }

    @Test func aClosedClientSendsNothing() async throws {
        let server = try await TestMailServer()
        let client = try server.client()
        try await client.send(.sample())
        await client.close()
        try await server.closed()
        #expect(await smtpFailure { try await client.send(.sample()) }?.isPermanent == false)
        #expect(server.connections == 1)
    }

    /// libcurl by itself waits two minutes for the answer to its farewell, more than this test may take.
    @Test(.timeLimit(.minutes(1))) func aServerThatDoesNotSayFarewellHoldsNobodyUp() async throws {
        let server = try await TestMailServer { $0.hangsAt = "farewell" }
        let client = try server.client()
        try await client.send(.sample())
        await client.close()
    }

    @Test func aCancelledCallEndsWhileTheServerHangs() async throws {
        let server = try await TestMailServer { $0.hangsAt = "content" }
        let client = try server.client(timeout: .seconds(100))
        let sending = Task { try await client.send(.sample()) }
        try await server.hanging()
        let waiting = Task { try await client.send(.sample()) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        sending.cancel()
        await #expect(throws: CancellationError.self) { try await sending.value }
        // What waits behind it gets its turn, on a connection of its own.
        let later = Task { try await client.send(.sample()) }
        try await server.hanging(2)
        later.cancel()
        _ = await later.result
    }

    /// A mail larger than what the system buffers, to a server that reads little by little: none may come out of it.
    @Test func halfAMailIsNoMail() async throws {
        let server = try await TestMailServer { $0.readsSlowly = true }
        let client = try server.client(timeout: .seconds(100))
        let sending = Task {
            var mail = try MailMessage.sample()
            mail.text = String(repeating: "line\n", count: 2_000_000)
            try await client.send(mail)
        }
        try await server.hanging()
        sending.cancel()
        await #expect(throws: CancellationError.self) { try await sending.value }
        try await server.closed()
        #expect(server.completeness == [false])
    }

    /// With as many as this on the threads that async code shares, nothing else would run until they end.
    @Test func waitingTakesNoSharedThread() async throws {
        let server = try await TestMailServer { $0.hangsAt = "greeting" }
        let ended = Counter()
        let tasks = try (0..<32).map { _ in
            let client = try server.client(connectTimeout: .seconds(100), timeout: .seconds(100))
            return Task {
                defer { ended.increment() }
                try await client.send(.sample())
            }
        }
        try await server.hanging(32)
        #expect(ended.value == 0)
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
    }
}
