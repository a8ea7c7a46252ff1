import Daybook
import DaybookIndex
import DaybookServer
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
    var topics: [TopicEntry] = []

    /// Nil: no bound.
    var maximumHashes: Int?
    var maximumRegistrations = 1000
    /// Whether that a server has started is published.
    var publishStart = true
    /// The largest payload of an event, in bytes.
    var maximumPayload = 1 << 20

    /// Nil: no bound.
    var maximumEvents: Int?
    /// Nil: no bound.
    var maximumAge: Duration?

    /// Nil: beside the embedded log, and with Kafka nowhere.
    var snapshotDirectory: String?
    var snapshotInterval = Duration.seconds(60)
    /// False: no snapshot is read or written, whatever the directory.
    var usesSnapshots = true

    /// How the HTTP server behaves; its own host and port do not count.
    var http = ServerOptions()

    var tls = TLSPaths()
    var tokens = TokenSettings()

    var handlers = HandlerTable()
    var webhooks = WebhookRules()
    /// Those that there are to be, with their names.
    var registrations: [RegistrationInput] = []
    /// False: webhooks and handlers are left to other servers, and no registration is ensured.
    var delivers = true
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

    /// The directory for snapshots, if there are to be any.
    var snapshots: String? {
        guard usesSnapshots else { return nil }
        if case .sqlite(let directory) = log { return snapshotDirectory ?? directory + "/snapshots" }
        return snapshotDirectory
    }

    var node: DaybookNode.Configuration {
        var node = DaybookNode.Configuration()
        node.layout = layout
        node.topics = topics
        node.limits = limits
        node.maximumHashes = maximumHashes ?? .max
        node.maximumRegistrations = maximumRegistrations
        if case .kafka = log { node.isShared = true }
        node.snapshots = snapshots.map { SnapshotStore(directory: $0) }
        node.projection.snapshotInterval = snapshotInterval
        node.bounds = IndexBounds(maximumEventsPerPartition: maximumEvents, maximumAge: maximumAge)
        return node
    }

    var server: ServerOptions {
        var options = http
        options.host = host
        options.port = port
        return options
    }

    /// Whether only this machine can reach the server.
    var isLoopbackOnly: Bool { server.isLoopbackOnly }

    /// Of the server's URLs.
    var scheme: String { tls.certificate == nil ? "http" : "https" }
}
