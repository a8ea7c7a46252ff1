public import Daybook

/// How the HTTP server behaves.
public struct ServerOptions: Sendable {
    /// The version of AYON's server that AYON's clients are told: they decide by it what they ask for.
    public var ayonVersion = "1.16.0+daybook"
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// 0 lets the system choose.
    public var port = 8080
    /// A Unix domain socket to listen on instead.
    public var socketPath: String?
    /// What connections are encrypted with; nil: they are not.
    public var tls: TLSIdentity?
    /// How often the files of the certificate are looked at.
    public var tlsInterval = Duration.seconds(10)
    /// Whether everybody may do everything while there are no keys, wherever it listens.
    public var isInsecure = false
    /// Which web pages may use the server besides its own, such as `https://example.org`; `*` are all.
    public var corsOrigins: [String] = []
    /// How many requests of one caller are taken in a second; nil: any number.
    public var rateLimit: Double?
    /// How many may come at once after a pause; nil: twice as many as in a second, and ten at least.
    public var rateBurst: Int?
    /// Who knows the bearers of tokens that are no API keys.
    public var tokenVerifiers: [any TokenVerifier] = []
    /// A key that may do everything and is in no catalog, for who starts a server for its own use only.
    public var ownKey: KeySecret?
    /// A connection on which nothing happens for so long is closed; also one that stops in the middle of a request.
    public var idleTimeout = Duration.seconds(60)
    /// From the first byte of a request to the end of its head. TLS has as long to agree on its keys.
    public var headerTimeout = Duration.seconds(10)
    /// From the head of a request to the end of its body.
    public var requestTimeout = Duration.seconds(120)
    /// How long the log may take to acknowledge a write, before the answer is 503.
    public var writeTimeout = Duration.seconds(10)
    /// How long an answer waits for the index to show what was written, or what the caller asked for.
    public var applyTimeout = Duration.seconds(2)
    /// How often an answer without an end says where it is, when there is nothing else to say.
    public var keepAliveInterval = Duration.seconds(15)
    /// How long a WebSocket may say nothing before it has said what it wants.
    public var authTimeout = Duration.seconds(3)
    /// How long a WebSocket hears nothing at most. AYON's client gives a connection up after 15 seconds.
    public var heartbeatInterval = Duration.seconds(5)
    /// What may wait for one live subscriber that does not read, before it is cut off.
    public var maximumWaitingBytes = 4 * 1024 * 1024
    public var maximumWaitingMessages = 10_000
    /// How long the log is read to answer one request, streams aside.
    public var readTimeout = Duration.seconds(10)
    /// The largest body of a batch, in bytes.
    public var maximumBatchBytes = 32 * 1024 * 1024
    /// The bytes of payloads that one answer of GraphQL may have; a page whose payloads are larger ends early.
    public var maximumPayloadBytesInAnswer = 16 * 1024 * 1024
    /// The bytes that all bodies being worked on may have together.
    public var maximumBytesInWork = 256 * 1024 * 1024
    /// All headers of a request together, in bytes.
    public var maximumHeaderBytes = 32 * 1024
    public var maximumHeaderCount = 200
    /// Path and query of a request, in bytes.
    public var maximumURIBytes = 16 * 1024
    /// More connections than these wait until others close.
    public var maximumConnections = 10_000

    public init() {}

    /// Whether a text is one for ``corsOrigins``.
    public static func isOrigin(_ text: String) -> Bool { WebOrigins.isOrigin(text) }

    /// Whether only this machine can reach the server.
    public var isLoopbackOnly: Bool {
        socketPath != nil || host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
