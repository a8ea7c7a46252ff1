import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import WebSocket

@Suite struct HandshakeTests {
    /// The request of RFC 6455, section 1.2.
    static func request(_ change: (inout HTTPRequest) -> Void = { _ in }) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: nil, authority: "server.example.com", path: "/ws")
        request.headerFields = [
            .upgrade: "websocket", .connection: "Upgrade", .secWebSocketKey: "dGhlIHNhbXBsZSBub25jZQ==",
            .secWebSocketVersion: "13",
        ]
        change(&request)
        return request
    }

    @Test func whatTheStandardShowsIsGranted() throws {
        _ = try WebSocketHandshake(Self.request())
        _ = try WebSocketHandshake(
            Self.request {
                $0.headerFields[.connection] = "keep-alive, Upgrade"
                $0.headerFields[.upgrade] = "WebSocket"
                $0.headerFields[.origin] = "http://Server.example.com"
            })
    }

    @Test(
        arguments: [
            (426, HTTPField.Name.upgrade, nil), (426, .upgrade, "h2c"), (426, .connection, "keep-alive"),
            (426, .secWebSocketVersion, nil), (426, .secWebSocketVersion, "8"), (400, .secWebSocketKey, nil),
            (400, .secWebSocketKey, "dGhlIHNhbXBsZQ=="), (400, .secWebSocketKey, "dGhlIHNhbXBsZSBub25j!Q=="),
            (403, .origin, "http://evil.example.com"), (403, .origin, "null"),
        ] as [(Int, HTTPField.Name, String?)])
    func allElseIsRefused(_ status: Int, _ header: HTTPField.Name, _ value: String?) {
        let refusal = #expect(throws: WebSocketHandshake.Refusal.self) {
            _ = try WebSocketHandshake(Self.request { $0.headerFields[header] = value })
        }
        #expect(refusal?.status.code == status)
        #expect(refusal?.reason.isEmpty == false)
        // RFC 6455, section 4.4.
        if header == .secWebSocketVersion { #expect(refusal?.headers[.secWebSocketVersion] == "13") }
    }

    @Test func itIsAGetOfAHost() {
        let posted = #expect(throws: WebSocketHandshake.Refusal.self) {
            _ = try WebSocketHandshake(Self.request { $0.method = .post })
        }
        #expect(posted?.status == .badRequest)
        let homeless = #expect(throws: WebSocketHandshake.Refusal.self) {
            _ = try WebSocketHandshake(Self.request { $0.authority = nil })
        }
        #expect(homeless?.status == .badRequest)
    }

    private func channel(_ session: EmbeddedConnection.Session) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handlers: [WebSocketUpgradeHandler(path: "/ws") { [session] _ in session }])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        return channel
    }

    @Test func aHandshakeTurnsTheConnectionIntoAWebSocket() throws {
        let session = EmbeddedConnection.Session()
        let channel = try channel(session)
        try channel.writeInbound(HTTPRequestPart.head(Self.request()))
        #expect(session.connection == nil)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        guard case .head(let response) = try channel.readOutbound(as: HTTPResponsePart.self) else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == .switchingProtocols)
        #expect(response.headerFields[.secWebSocketAccept] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response.headerFields[.upgrade] == "websocket")
        #expect(session.connection?.isOpen == true)
        try channel.writeInbound(clientFrame(0x1, Array("hello".utf8)))
        #expect(session.messages == [.text(ByteBuffer(string: "hello"))])
    }

    @Test func otherRequestsGoOnToTheRouter() throws {
        let session = EmbeddedConnection.Session()
        let channel = try channel(session)
        let other = Self.request { $0.headerFields[.upgrade] = nil }
        // While one is unanswered, a handshake has no place behind it.
        for request in [other, Self.request()] {
            try channel.writeInbound(HTTPRequestPart.head(request))
            #expect(try channel.readInbound(as: HTTPRequestPart.self) == .head(request))
        }
        #expect(session.connection == nil)
        for isLast in [false, true] {
            try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .badRequest)))
            try channel.writeOutbound(HTTPResponsePart.end(nil))
            guard case .head(let answer) = try channel.readOutbound(as: HTTPResponsePart.self) else {
                Issue.record("no answer")
                return
            }
            _ = try channel.readOutbound(as: HTTPResponsePart.self)
            // Behind a request for an upgrade nothing is read.
            #expect(answer.headerFields[.connection] == (isLast ? "close" : nil))
            #expect(channel.isActive == !isLast)
        }
    }
}
