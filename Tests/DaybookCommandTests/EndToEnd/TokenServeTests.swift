import Foundation
import TestTools
import Testing

@testable import DaybookCommand

/// A server that takes tokens.
struct TokenServeTests {
    private let directory: TemporaryDirectory
    private let tokens = TestTokens()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(_ options: String...) async throws -> ServerProcess {
        try await ServerProcess.start(["--port", "0", "--data", directory.path + "/data"] + options)
    }

    /// - Returns: the status, and the whole answer with its headers.
    private func curl(_ server: ServerProcess, _ token: String?, _ options: String...) async throws -> (Int, String) {
        let header = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        let answer = try await Program.run(
            "/usr/bin/curl",
            ["--silent", "--include"] + header + options.map { $0.hasPrefix("/") ? server.url + $0 : $0 })
        return (Int(answer.output.split(separator: " ")[1]) ?? 0, answer.output)
    }

    @Test func `a token of a key set in a file does what its role and scopes say`() async throws {
        let set = try directory.file("keys.json", tokens.set)
        let server = try await start("--jwt-keys", set, "--jwt-issuer", "me")
        let event = ["--json", #"{"topic": "a.b"}"#]
        #expect(try await curl(server, nil, "/api/events").0 == 401)
        let service = try tokens.token(#""iss": "me", "sub": "ann", "daybook_role": "service""#)
        #expect(try await curl(server, service, "/api/events", event[0], event[1]).0 == 200)
        #expect(try await curl(server, service, "/api/events").1.contains("a.b"))
        let reader = try tokens.token(#""iss": "me", "sub": "bob", "daybook_scopes": ["read topics=a.*"]"#)
        #expect(try await curl(server, reader, "/api/events").1.contains("a.b"))
        #expect(try await curl(server, reader, "/api/events", event[0], event[1]).0 == 403)
        for bad in [
            try tokens.token(#""iss": "you", "sub": "ann", "daybook_role": "service""#),
            try tokens.token(#""iss": "me", "sub": "ann", "daybook_role": "service""#, seconds: -1),
            try TestTokens().token(#""iss": "me", "sub": "ann", "daybook_role": "service""#), "an-api-key",
        ] {
            let (status, answer) = try await curl(server, bad, "/api/events")
            #expect(status == 401)
            #expect(answer.contains(#"Bearer error="invalid_token""#), "\(answer)")
            #expect(!server.errors.contains(bad), "no secret is written down")
        }
        #expect(server.errors.contains("access refused"))
        await server.stop()
    }

    @Test func `a key set at a URL is fetched, and again when a key is not known`() async throws {
        let set = Box(TestTokens().set)
        let issuer = try StandInServer { request in
            request.path == "/keys" ? .init(body: set.value) : .init(status: 404)
        }
        let server = try await start(
            "--jwt-keys", "http://127.0.0.1:\(issuer.port)/keys", "--jwt-audience", "daybook")
        let claims = #""aud": "daybook", "sub": "ann", "role": "service""#
        let token = try tokens.token(claims)
        #expect(try await curl(server, token, "/api/events").0 == 401)
        #expect(issuer.requests.count == 1)
        await server.stop()
        set.value = tokens.set
        let again = try await start(
            "--jwt-keys", "http://127.0.0.1:\(issuer.port)/keys", "--jwt-audience", "daybook")
        #expect(try await curl(again, token, "/api/events").0 == 200)
        await again.stop()
    }

    @Test func `an issuer that is down stops nothing but its tokens`() async throws {
        let issuer = try StandInServer { _ in .init(status: 500) }
        let server = try await start(
            "--jwt-keys", "http://127.0.0.1:\(issuer.port)/keys", "--jwt-audience", "daybook")
        #expect(server.errors.contains("the keys of tokens cannot be read"))
        #expect(try await curl(server, tokens.token(#""aud": "daybook", "sub": "ann""#), "/api/events").0 == 401)
        #expect(try await curl(server, nil, "/livez").0 == 200)
        await server.stop()
    }

    @Test func `who listens is cut off when the token ends`() async throws {
        let set = try directory.file("keys.json", tokens.set)
        let server = try await start("--jwt-keys", set)
        let token = try tokens.token(#""sub": "ann", "role": "service""#, seconds: 3)
        let start = ContinuousClock.now
        let (status, answer) = try await curl(server, token, "--max-time", "30", "/api/stream")
        #expect(status == 200)
        #expect(answer.contains("event: closed"))
        #expect(start.duration(to: .now) < .seconds(20))
        await server.stop()
    }

    @Test func `settings that cannot be used stop the start`() async throws {
        let bad = try directory.file("bad.json", #"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#)
        for (options, words) in [
            (["--jwt-keys", directory.path + "/none.json"], "No such file"), (["--jwt-keys", bad], "shared secret"),
            (["--jwt-keys", "https://example.org/keys"], "--jwt-audience"), (["--jwt-issuer", "x"], "--jwt-keys"),
        ] {
            let served = try await Program.run(
                Program.daybook, ["serve", "--port", "0", "--data", directory.path + "/none"] + options)
            #expect(served.code == CommandFailure.Kind.usage.rawValue)
            #expect(served.errors.contains(words), "\(served.errors)")
        }
    }
}
