import Daybook
import LosslessJSON

/// AsyncAPI 3.0, made from what this log is now: its streams are the channels, the topic catalogue's entries the
/// messages; besides them the live channels.
struct AsyncAPIDocument {
    private let catalog: StreamCatalog
    /// What the caller knows this server by.
    private let host: String
    private let topics: [TopicMessage]

    init(catalog: StreamCatalog, host: String) {
        self.catalog = catalog
        self.host = host
        topics = catalog.topics.listings.map(TopicMessage.init)
    }

    var json: JSONValue {
        [
            "asyncapi": "3.0.0",
            "info": [
                "title": "Daybook", "version": "1.0.0",
                "description": """
                What lies in the streams of this log and what is pushed live. A record is a CloudEvent 1.0 in the Kafka \
                protocol binding's binary mode. On a Kafka cluster each stream is a topic; the embedded log has the same \
                streams, to be read with /api/replay and /api/stream. The rest of the HTTP interface is in /openapi.json.
                """,
            ],
            "defaultContentType": "application/json",
            "servers": servers,
            "channels": .object(streams.map { .init($0.name, channel($0)) } + LiveChannels.channels),
            "operations": .object(streams.flatMap(operations) + LiveChannels.operations),
            "components": [
                "messages": .object(
                    [.init("record", TopicMessage.anyRecord)] + topics.map { .init($0.name, $0.json) }
                        + LiveChannels.messages),
                "schemas": .object([.init("recordHeaders", RecordHeadersSchema.json)] + LiveChannels.schemas),
            ],
        ]
    }

    /// What records of events are in, by name, signals last.
    private var streams: [StreamSpecification] { catalog.historyStreams + [catalog.layout.signals] }

    private var servers: JSONValue {
        [
            "log": [
                "host": "{brokers}", "protocol": "kafka",
                "description": "The Kafka cluster that servers are given with --log, when they are on one.",
                "variables": ["brokers": ["description": "HOST:PORT, joined by commas."]],
            ],
            "websocket": ["host": .string(host), "protocol": "ws", "description": "A Daybook server, /ws."],
            "http": ["host": .string(host), "protocol": "http", "description": "A Daybook server, /api/stream."],
        ]
    }

    private func channel(_ stream: StreamSpecification) -> JSONValue {
        let isSignals = stream == catalog.layout.signals
        // Signals are of any topic.
        let inside = isSignals ? [] : topics.filter { catalog.mayHold(stream, $0.pattern) }
        let names = ["record"] + inside.map(\.name)
        var binding: JSONValue = [
            "topic": .string(stream.name), "partitions": .number("\(stream.partitions)"),
            "topicConfiguration": topicConfiguration(stream.cleanup), "bindingVersion": "0.5.0",
        ]
        if case .compact = stream.cleanup { binding = ["topic": .string(stream.name)] }
        return [
            "address": .string(stream.name),
            "description": .string(
                isSignals
                    ? "Fire-and-forget events and progress of all topics, kept for an hour."
                    : "Records of events. The key is the ordering key, or the event's id."),
            "servers": [["$ref": "#/servers/log"]],
            "messages": .object(names.map { .init($0, ["$ref": .string("#/components/messages/\($0)")]) }),
            "bindings": ["kafka": binding],
        ]
    }

    private func topicConfiguration(_ cleanup: StreamSpecification.Cleanup) -> JSONValue {
        switch cleanup {
        case .compact: ["cleanup.policy": ["compact"]]
        case .delete(let retention):
            [
                "cleanup.policy": ["delete"],
                "retention.ms": .number("\(retention.map { $0.components.seconds * 1000 } ?? -1)"),
            ]
        }
    }

    /// Daybook writes to every stream; to those of history others may, too.
    private func operations(_ stream: StreamSpecification) -> [JSONValue.Member] {
        let channel: JSONValue = ["$ref": .string("#/channels/\(stream.name)")]
        let send = JSONValue.Member(
            "write-\(stream.name)",
            ["action": "send", "channel": channel, "summary": "Daybook writes records for whoever reads the stream."])
        if stream == catalog.layout.signals { return [send] }
        return [
            send,
            .init(
                "read-\(stream.name)",
                [
                    "action": "receive", "channel": channel,
                    "summary":
                        "Daybook reads the stream: a CloudEvent that somebody else writes there is an event, too.",
                    "messages": [["$ref": .string("#/channels/\(stream.name)/messages/record")]],
                ]),
        ]
    }
}

extension StreamCatalog {
    /// Whether topics of a pattern may lie in a history stream.
    fileprivate func mayHold(_ stream: StreamSpecification, _ pattern: TopicPattern) -> Bool {
        // Where the first segment is open, so is the stream.
        if Topic.family(of: pattern.text).contains("*") { return true }
        let example = pattern.text.split(separator: "*", omittingEmptySubsequences: false).joined(separator: "x")
        return existingStream(forTopic: example) == stream
    }
}
