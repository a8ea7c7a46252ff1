import Crypto
import CryptoExtras
import Daybook
import Foundation
import JWTKit
import Logging
import TestTools
import Testing

@testable import DaybookServer

struct WebTokenVerifierTests {
    /// 2026-11-29T00:00:00Z
    private static let now = 1_795_910_400
    private static let good = ["sub": #""ann""#, "exp": "\(now + 60)"]

    private static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static func keys(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        _ fetch: @escaping @Sendable () async throws -> [UInt8]
    ) async -> TokenKeys {
        let keys = TokenKeys(
            name: "test", interval: .seconds(300), pause: .seconds(10), logger: logger, now: now, fetch: fetch)
        await keys.refresh()
        return keys
    }

    private static func verifier(
        _ maker: TokenMaker, _ change: (inout WebTokenVerifier.Rules) -> Void = { _ in }
    ) async -> WebTokenVerifier {
        let set = TokenMaker.set(maker.jwk())
        return verifier(await keys { set }, change)
    }

    private static func verifier(
        _ keys: TokenKeys, _ change: (inout WebTokenVerifier.Rules) -> Void = { _ in }
    ) -> WebTokenVerifier {
        var rules = WebTokenVerifier.Rules()
        change(&rules)
        return WebTokenVerifier(keys: keys, rules: rules) { Timestamp(milliseconds: Int64(now) * 1000) }
    }

    private static func reason(_ verdict: TokenVerdict) -> String? {
        if case .refused(let reason) = verdict { reason } else { nil }
    }

    private static func caller(_ verdict: TokenVerdict) -> Caller? {
        if case .caller(let caller) = verdict { caller } else { nil }
    }

    // MARK: - Who it is

    @Test func `a token is a caller with its subject, role, scopes and end`() async throws {
        let maker = TokenMaker()
        let verifier = await Self.verifier(maker)
        let scope = "read,replay topics=entity.*,log.* projects=demo_*,-"
        let token = try maker.token(
            Self.good.merging(["daybook_role": #""manager""#, "daybook_scopes": #"["\#(scope)", "publish"]"#]) { $1 })
        for _ in 1...2 {
            let caller = try #require(Self.caller(await verifier.verdict(on: token)))
            #expect(caller.name == "ann")
            #expect(caller.role == .manager)
            #expect(caller.origin == .token)
            #expect(try caller.scopes == [AccessScope(scope), AccessScope("publish")])
            #expect(caller.expires == Timestamp(milliseconds: Int64(Self.now + 60) * 1000))
        }
    }

    @Test(arguments: [
        ([:], Role.guest), (["daybook_role": #""user""#], .user), (["role": #""admin""#], .admin),
        (["daybook_role": #""user""#, "role": #""admin""#], .user),
        (["role": #"["editor", "user", "manager"]"#], .manager),
        (["role": #""editor""#], .guest), (["daybook_role": "null", "role": #""service""#], .service),
        (["roles": #""admin""#], .guest),
    ])
    func `the role is where it is looked for`(claims: [String: String], role: Role) async throws {
        let maker = TokenMaker()
        let token = try maker.token(Self.good.merging(claims) { $1 })
        #expect(Self.caller(await Self.verifier(maker).verdict(on: token))?.role == role)
    }

    @Test func `claims may be named otherwise, and lie deeper`() async throws {
        let maker = TokenMaker()
        let verifier = await Self.verifier(maker) {
            $0.roleClaims = ["resource_access.daybook.roles"]
            $0.scopesClaim = "https://example.org/scopes"
        }
        let token = try maker.token(
            Self.good.merging([
                "resource_access": #"{"daybook": {"roles": ["guest"]}}"#, "https://example.org/scopes": #""read""#,
                "daybook_role": #""admin""#,
            ]) { $1 })
        let caller = try #require(Self.caller(await verifier.verdict(on: token)))
        #expect(caller.role == .guest)
        #expect(caller.holds(.read))
        #expect(!caller.holds(.publish))
    }

    // MARK: - What is refused

    @Test(
        arguments: [
            (["exp": nil], "no end"), (["exp": "\"soon\""], "no end"), (["exp": "\(now)"], "ended"),
            (["exp": "-1"], "no end"),
            (["nbf": "\(now + 31)"], "not count yet"), (["nbf": "\"x\""], "no time"), (["sub": nil], "no subject"),
            (["sub": #""""#], "no subject"), (["sub": "7"], "no subject"), (["sub": #""a\u0007b""#], "no subject"),
            (["iss": #""https://other.example""#], "issuer"), (["iss": nil], "issuer"),
            (["aud": #""other""#], "somebody else"),
            (["aud": nil], "somebody else"), (["aud": #"["x", "y"]"#], "somebody else"),
            (["daybook_role": "7"], "neither"),
            (["daybook_scopes": #""fly""#], "daybook_scopes"), (["daybook_scopes": #"{"a": 1}"#], "no list"),
            (["daybook_scopes": #"["read", 7]"#], "no list"),
        ] as [([String: String?], String)])
    func `a token that does not say what it has to is refused`(changes: [String: String?], reason: String) async throws
    {
        let maker = TokenMaker()
        let verifier = await Self.verifier(maker) {
            $0.issuer = "https://issuer.example"
            $0.audience = "daybook"
        }
        var claims = Self.good.merging(["iss": #""https://issuer.example""#, "aud": #"["daybook", "z"]"#]) { $1 }
        #expect(Self.caller(await verifier.verdict(on: try maker.token(claims))) != nil)
        for (name, value) in changes { claims[name] = value }
        #expect(Self.reason(await verifier.verdict(on: try maker.token(claims)))?.contains(reason) == true)
    }

    @Test func `clocks may differ a little at the beginning, not at the end`() async throws {
        let maker = TokenMaker()
        let verifier = await Self.verifier(maker)
        let early = try maker.token(Self.good.merging(["nbf": "\(Self.now + 29)"]) { $1 })
        #expect(Self.caller(await verifier.verdict(on: early)) != nil)
        let fraction = try maker.token(["sub": #""ann""#, "exp": "\(Self.now).5"])
        #expect(Self.caller(await verifier.verdict(on: fraction)) != nil)
    }

    @Test func `a token without a signature by the key's own algorithm is refused`() async throws {
        let maker = TokenMaker()
        let verifier = await Self.verifier(maker)
        let token = try maker.token(Self.good)
        let parts = token.split(separator: ".")
        let none = TokenMaker.signed(["alg": #""none""#, "kid": #""one""#], Self.good)
        let other = try TokenMaker(id: "one").token(Self.good)
        let changed = TokenMaker.signed(
            ["alg": #""ES256""#, "kid": #""one""#], Self.good.merging(["sub": #""bob""#]) { $1 })
        let withoutSignature = "\(parts[0]).\(parts[1])."
        let short = "\(parts[0]).\(parts[1]).\(parts[2].dropLast(4))"
        let bad: [String] = [
            none + ".", "\(none).\(parts[2])", maker.forgery(Self.good), other, "\(changed).\(parts[2])",
            withoutSignature, short,
            try maker.token(Self.good, header: ["alg": #""ES384""#]),
            try maker.token(Self.good, header: ["alg": #""RS256""#]),
            try maker.token(Self.good, header: ["crit": #"["exp"]"#]),
            try maker.token(Self.good, header: ["typ": #""logout+jwt""#]),
        ]
        for token in bad {
            #expect(Self.reason(await verifier.verdict(on: token)) != nil, "\(token)")
        }
        #expect(Self.caller(await verifier.verdict(on: token)) != nil)
    }

    @Test(arguments: ["", "abc", "a.b.c", "dbk_0123456789abcdef", "e30.e30.e30", "..", "Ȁ.b.c"])
    func `what is no such token may be another's`(text: String) async throws {
        #expect(await Self.verifier(TokenMaker()).verdict(on: text) == .unknown)
    }

    @Test func `reasons tell nothing of the token`() async throws {
        let maker = TokenMaker()
        let other = try TokenMaker().token(Self.good)
        let reason = try #require(Self.reason(await Self.verifier(maker).verdict(on: other)))
        for part in other.split(separator: ".") { #expect(!reason.contains(part)) }
    }

    // MARK: - Keys

    @Test func `a key of RSA checks what it may check`() async throws {
        let secret = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try secret.publicKey.getKeyPrimitives()
        let (n, e) = (primitives.modulus, primitives.publicExponent)
        let set = TokenMaker.set(
            #"{"kty": "RSA", "kid": "r", "n": "\#(TokenMaker.encode(n))", "e": "\#(TokenMaker.encode(e))"}"#)
        let verifier = Self.verifier(await Self.keys { set })
        for (name, padding) in [("RS256", _RSA.Signing.Padding.insecurePKCS1v1_5), ("PS256", .PSS)] {
            let signed = TokenMaker.signed(["alg": "\"\(name)\"", "kid": #""r""#], Self.good)
            let signature = try secret.signature(for: Data(signed.utf8), padding: padding).rawRepresentation
            #expect(
                Self.caller(await verifier.verdict(on: signed + "." + TokenMaker.encode(signature))) != nil, "\(name)")
            let wrong = TokenMaker.signed(["alg": #""RS512""#, "kid": #""r""#], Self.good)
            #expect(Self.caller(await verifier.verdict(on: wrong + "." + TokenMaker.encode(signature))) == nil)
        }
    }

    @Test func `Ed25519 counts, too`() async throws {
        let secret = Curve25519.Signing.PrivateKey()
        let x = TokenMaker.encode(secret.publicKey.rawRepresentation)
        let set = TokenMaker.set(#"{"kty": "OKP", "crv": "Ed25519", "kid": "e", "x": "\#(x)"}"#)
        let verifier = Self.verifier(await Self.keys { set })
        let signed = TokenMaker.signed(["alg": #""EdDSA""#, "kid": #""e""#], Self.good)
        let signature = try secret.signature(for: Data(signed.utf8))
        #expect(Self.caller(await verifier.verdict(on: signed + "." + TokenMaker.encode(signature))) != nil)
    }

    @Test func `keys that cannot be used are left out, and a set of only those is refused`() async throws {
        let maker = TokenMaker()
        let useless = [
            #"{"kty": "oct", "kid": "s", "k": "c2VjcmV0", "alg": "HS256"}"#, maker.jwk(["use": "enc", "kid": "enc"]),
            maker.jwk(["alg": "ES384", "kid": "wrong"]), #"{"kty": "OKP", "crv": "X25519", "kid": "x", "x": "AA"}"#,
            maker.jwk(["x": "AA", "kid": "short"]), "7", #"{"kty": "RSA", "kid": "small", "n": "AQAB", "e": "AQAB"}"#,
            maker.jwk(["y": nil, "kid": "half"]),
        ]
        let set = try await WebKeySet(TokenMaker.set((useless + [maker.jwk()]).joined(separator: ", ")))
        #expect(set.omitted.count == useless.count, "\(set.omitted)")
        for text in [
            TokenMaker.set(useless.joined(separator: ", ")), TokenMaker.set(), Array("{}".utf8), Array("x".utf8),
        ] {
            await #expect(throws: WebKeySet.Unusable.self) { try await WebKeySet(text) }
        }
    }

    @Test func `a token that names no key is checked with all`() async throws {
        let (one, two) = (TokenMaker(id: "one"), TokenMaker(id: "two"))
        let set = TokenMaker.set(one.jwk(), two.jwk(["kid": nil]))
        let verifier = Self.verifier(await Self.keys { set })
        let signed = try two.token(Self.good, header: ["kid": "null"])
        #expect(Self.reason(await verifier.verdict(on: signed)) == "kid is no text")
        #expect(Self.reason(await verifier.verdict(on: try two.token(Self.good))) == "its key is not known")
    }

    @Test func `a key that is not known is looked for again, but not again and again`() async throws {
        let (old, new) = (TokenMaker(id: "old"), TokenMaker(id: "new"))
        let state = Box((set: TokenMaker.set(old.jwk()), fetches: 0))
        let time = Box(ContinuousClock.now)
        let keys = await Self.keys(now: { time.value }) {
            state.withLock { state in
                state.fetches += 1
                return state.set
            }
        }
        let verifier = Self.verifier(keys)
        let token = try new.token(Self.good)
        for _ in 1...20 { #expect(Self.reason(await verifier.verdict(on: token)) == "its key is not known") }
        #expect(state.value.fetches == 1, "it was read just now")
        state.withLock { $0.set = TokenMaker.set(new.jwk()) }
        time.value += .seconds(9)
        #expect(Self.caller(await verifier.verdict(on: token)) == nil)
        time.value += .seconds(1)
        await withTaskGroup(of: TokenVerdict.self) { group in
            for _ in 1...20 { group.addTask { await verifier.verdict(on: token) } }
            for await verdict in group { #expect(Self.caller(verdict) != nil) }
        }
        #expect(state.value.fetches == 2)
        #expect(Self.caller(await verifier.verdict(on: try old.token(Self.good))) == nil, "the old key is gone")
    }

    @Test func `a token does not outlive its key`() async throws {
        let maker = TokenMaker()
        let set = Box(TokenMaker.set(maker.jwk()))
        let keys = await Self.keys { set.value }
        let verifier = Self.verifier(keys)
        let token = try maker.token(Self.good)
        #expect(Self.caller(await verifier.verdict(on: token)) != nil)
        set.value = TokenMaker.set(TokenMaker(id: "two").jwk())
        await keys.refresh()
        #expect(Self.reason(await verifier.verdict(on: token)) == "its key is not known")
    }

    @Test func `the last good set stays while there is none newer`() async throws {
        struct Down: Error {}
        let maker = TokenMaker()
        let good = TokenMaker.set(maker.jwk())
        let answer = Box<Result<[UInt8], any Error>>(.failure(Down()))
        let keys = await Self.keys { try answer.value.get() }
        let verifier = Self.verifier(keys)
        let token = try maker.token(Self.good)
        #expect(Self.reason(await verifier.verdict(on: token)) == "there are no keys to check it with")
        #expect(keys.failure != nil)
        answer.value = .success(good)
        await keys.refresh()
        #expect(Self.caller(await verifier.verdict(on: token)) != nil)
        #expect(keys.failure == nil)
        for bad: Result<[UInt8], any Error> in [.failure(Down()), .success([]), .success(TokenMaker.set())] {
            answer.value = bad
            await keys.refresh()
            #expect(keys.failure != nil)
            #expect(Self.caller(await verifier.verdict(on: token)) != nil)
        }
    }
}
