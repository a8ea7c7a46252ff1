import CRdKafka
import Logging
import Synchronization

/// What every client's own queue brings: log lines, errors that belong to no call, delivery reports.
final class ClientEvents: Sendable {
    private let logger: Logger
    private let fatal = Mutex<KafkaError?>(nil)
    private let connections = Mutex(Connections())

    private struct Connections {
        var lastProblem: String?
        var areAllDown = false
    }

    init(logger: Logger) {
        self.logger = logger
    }

    /// The error that made the client useless, if one did.
    var fatalError: KafkaError? { fatal.withLock { $0 } }

    /// What was wrong with a connection last: why nobody answers, often.
    var lastProblem: String? { connections.withLock { $0.lastProblem } }

    /// Whether there is no broker with a connection, after all were tried. Waiting may help, but not soon.
    var allBrokersAreDown: Bool { connections.withLock { $0.areAllDown } }

    /// A broker has answered: what was wrong before says nothing any more.
    func brokerAnswered() {
        connections.withLock { $0 = Connections() }
    }

    /// Serves the main queue of a client for as long as it lives, logs included. Consumers that read have another way.
    /// - Parameters:
    ///   - delivered: called with each event that holds delivery reports, before it is destroyed.
    ///   - drained: called when the queue is empty.
    func serveMainQueue(
        of client: ClientHandle, delivered: @escaping @Sendable (OpaquePointer, _ client: OpaquePointer) -> Void,
        drained: @escaping @Sendable () -> Void = {}
    ) throws {
        try client.use("start \(client.name)") { raw in
            rd_kafka_set_log_queue(raw, nil)
            guard let queue = rd_kafka_queue_get_main(raw).map(NativePointer.init) else {
                throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: "start \(client.name)")
            }
            client.adopt(queue: queue)
            let pump = EventPump { [self, weak client] in
                _ = client?.useIfOpen { raw in drain(queue, of: raw) { delivered($0, raw) } }
                drained()
            }
            pump.attach(to: queue, of: client)
        }
    }

    /// Takes everything that is in the queue, without waiting.
    /// - Parameter delivered: called with each event that holds delivery reports, before it is destroyed.
    func drain(_ queue: NativePointer, of client: OpaquePointer, delivered: (OpaquePointer) -> Void = { _ in }) {
        while let event = rd_kafka_queue_poll(queue.raw, 0) {
            defer { rd_kafka_event_destroy(event) }
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR: delivered(event)
            case RD_KAFKA_EVENT_LOG: log(event)
            case RD_KAFKA_EVENT_ERROR:
                let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
                report(rd_kafka_event_error(event), text: text ?? "", of: client)
            default: break
            }
        }
    }

    /// An error that belongs to no call: a connection lost, or the end of the client.
    func report(_ code: rd_kafka_resp_err_t, text: String, of client: OpaquePointer) {
        guard code == RD_KAFKA_RESP_ERR__FATAL else {
            // librdkafka logs the cause of most of them as well, at the level that it thinks right.
            connections.withLock { connections in
                if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
                    connections.areAllDown = true
                } else {
                    connections.lastProblem = text
                }
            }
            logger.debug("\(text)", metadata: ["code": "\(KafkaError.Code(code).name)"])
            return
        }
        let error = Self.fatalError(of: client) ?? KafkaError(code, operation: "run the client", message: text)
        fatal.withLock { $0 = $0 ?? error }
        logger.error("the Kafka client cannot go on: \(error.message)", metadata: ["code": "\(error.code.name)"])
    }

    /// The cause behind a fatal error: the code of a fatal event says only that it is fatal.
    static func fatalError(of client: OpaquePointer) -> KafkaError? {
        withErrorText { text, size in
            let code = rd_kafka_fatal_error(client, text, size)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return KafkaError(
                code: KafkaError.Code(code), operation: "run the client", message: String(cString: text),
                isFatal: true)
        }
    }

    private func log(_ event: OpaquePointer) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &text, &level) == 0, let text else { return }
        logger.log(
            level: Logger.Level(syslog: level), "\(String(cString: text))",
            metadata: ["facility": "\(facility.map { String(cString: $0) } ?? "")"])
    }
}
