public import HTTPTypes

/// A client's opening handshake: RFC 6455, section 4.2.1.
public struct WebSocketHandshake: Sendable {
    /// Why a request is none, or none that can be granted.
    public struct Refusal: Error, Hashable, Sendable {
        public var status: HTTPResponse.Status
        public var reason: String
        /// What the answer has to say besides.
        public var headers: HTTPFields = [:]
    }

    /// `Sec-WebSocket-Key`, checked to be one.
    let key: String

    /// - Parameter refusal: why a valid one is not granted; nil grants it.
    public init(_ request: HTTPRequest, refusal: (HTTPRequest) -> String? = pageRefusal) throws(Refusal) {
        let headers = request.headerFields
        guard headers[values: .upgrade].hasToken("websocket"), headers[values: .connection].hasToken("upgrade") else {
            throw Refusal(
                status: .upgradeRequired, reason: "this is a WebSocket: connect with 'Upgrade: websocket'",
                headers: [.upgrade: "websocket", .connection: "Upgrade"])
        }
        guard request.method == .get else {
            throw Refusal(status: .badRequest, reason: "a WebSocket is opened with GET")
        }
        guard let host = request.authority, !host.isEmpty else {
            throw Refusal(status: .badRequest, reason: "the Host header is missing")
        }
        guard headers[values: .secWebSocketVersion] == ["13"] else {
            throw Refusal(
                status: .upgradeRequired, reason: "Sec-WebSocket-Version must be 13",
                headers: [.secWebSocketVersion: "13", .upgrade: "websocket", .connection: "Upgrade"])
        }
        let keys = headers[values: .secWebSocketKey]
        guard keys.count == 1, Self.isKey(keys[0]) else {
            throw Refusal(status: .badRequest, reason: "Sec-WebSocket-Key must be 16 bytes in Base64, once")
        }
        if let reason = refusal(request) { throw Refusal(status: .forbidden, reason: reason) }
        key = keys[0]
    }

    /// Whether a request asks for any upgrade.
    static func asksForUpgrade(_ request: HTTPRequest) -> Bool {
        request.headerFields[.upgrade] != nil && request.headerFields[values: .connection].hasToken("upgrade")
    }

    /// 16 bytes are 22 characters and two of padding.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==")
            && text.utf8.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// Refuses pages of other hosts. Browsers let any page open a WebSocket to any host, and only tell which page it was
    /// (section 10.2).
    public static func pageRefusal(of request: HTTPRequest) -> String? {
        guard let origin = request.headerFields[.origin] else { return nil }
        let parts = origin.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[1].isEmpty, parts[2] == (request.authority ?? "").lowercased() { return nil }
        return "pages of \(origin.prefix(200)) may not connect here"
    }
}

extension [String] {
    /// Whether a header that is a list of tokens has this one, in any letter case.
    fileprivate func hasToken(_ token: String) -> Bool {
        contains { value in
            value.lowercased().split(separator: ",").contains { part in
                part.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" } == token
            }
        }
    }
}
