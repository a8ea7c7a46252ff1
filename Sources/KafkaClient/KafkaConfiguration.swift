public import Logging

/// How to reach a cluster, and any property of librdkafka. One value for every client of the same cluster.
public struct KafkaConfiguration: Sendable {
    /// Addresses to begin with, `host:port`; one that answers is enough.
    public var bootstrapServers: [String]
    /// How the brokers' logs and quotas name this process.
    public var clientID: String
    /// Raw properties, as librdkafka's CONFIGURATION.md names them. They overrule the defaults of this module; a
    /// property that a client cannot do without (a producer's `enable.idempotence`) is refused if it is set otherwise.
    public var properties: [String: String]
    /// Receives what librdkafka logs. Its level also sets how much librdkafka says.
    public var logger: Logger

    public init(
        bootstrapServers: [String], clientID: String = "swift", properties: [String: String] = [:],
        logger: Logger = Logger(label: "kafka")
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.properties = properties
        self.logger = logger
    }

    /// The configuration of one client.
    /// - Parameters:
    ///   - defaults: what this kind of client prefers; `properties` may overrule it.
    ///   - required: what this kind of client depends on; `properties` may repeat but not contradict it.
    /// - Throws: ``KafkaError`` with librdkafka's explanation when a property does not exist or its value is wrong.
    func native(
        for client: String, defaults: [String: String] = [:], required: [String: String] = [:]
    ) throws -> NativeConfiguration {
        let operation = "configure \(client)"
        guard !bootstrapServers.isEmpty else {
            throw KafkaError.invalid(operation, "no bootstrap servers were given")
        }
        for (name, value) in properties {
            if let ours = required[name], ours != value {
                throw KafkaError.invalid(
                    operation, "\(name) is \(ours) here and cannot be set to \(value): \(client) depends on it")
            }
        }
        var all = [
            // Nagle's delay costs up to 40 ms on small requests; librdkafka batches by itself.
            "socket.nagle.disable": "true",
            // The first wait after a lost connection; the default of 100 ms doubles the time of most restarts.
            "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "2000",
            "log_level": String(logger.logLevel.syslog),
        ]
        all.merge(defaults) { $1 }
        all.merge(properties) { $1 }
        all.merge(required) { $1 }
        all["bootstrap.servers"] = bootstrapServers.joined(separator: ",")
        all["client.id"] = all["client.id"] ?? clientID
        all["log.queue"] = "true"
        let native = NativeConfiguration()
        // Sorted, so that of two mistakes always the same one is reported.
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            try native.set(name, value, operation: operation)
        }
        return native
    }
}

extension Logger.Level {
    /// librdkafka speaks in syslog's levels, 0 (emergency) to 7 (debug).
    var syslog: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    init(syslog: Int32) {
        self =
            switch syslog {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
    }
}
