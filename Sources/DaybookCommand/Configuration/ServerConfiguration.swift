import Daybook
import Logging

/// Everything about a server that can be set. The defaults are those of a server on one machine, for one machine.
struct ServerConfiguration: Sendable {
    var host = "127.0.0.1"
    /// 0: any free one.
    var port = 8080
    var log = LogLocation.sqlite(directory: "./daybook-data")
    var logLevel = Logger.Level.info

    var prefix = "daybook"
    var partitions = 8
    var maximumFamilies = 64
    var rules: [StreamRule] = []

    /// The largest payload of an event, in bytes.
    var maximumPayload = 1 << 20

    /// Nil: beside the embedded log, and with Kafka nowhere.
    var snapshotDirectory: String?
    var snapshotInterval = Duration.seconds(60)

    var shutdownTimeout = Duration.seconds(30)

    init() {}

    var layout: StreamLayout {
        StreamLayout(prefix: prefix, rules: rules, partitions: Int32(partitions), maximumFamilies: maximumFamilies)
    }

    var limits: EventLimits {
        var limits = EventLimits()
        limits.payload = maximumPayload
        return limits
    }

    /// Whether only this machine can reach the server.
    var isLoopbackOnly: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
