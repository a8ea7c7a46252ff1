import Daybook
import LosslessJSON

extension Event {
    /// An event that has every attribute there is; for golden files.
    static func withEveryAttribute() throws -> Event {
        var event = Event(
            topic: "entity.task.status_changed", id: EventID(high: 0x0192_3456_789a_7bcd, low: 0x8ef0_1234_5678_9abc),
            hash: "h-1", sender: "worker 7", senderType: "worker", project: "demo", user: "ann",
            dependsOn: EventID(high: 0x0192_3456_789a_7000, low: 0x8000_0000_0000_0001), status: .inProgress,
            retries: 2, progress: 12.5, description: "Tür offen", summary: try JSONText(#"{"n": 1.50}"#),
            payload: Payload(bytes: Array(#"{"files": []}"#.utf8)),
            createdAt: Timestamp(microseconds: 1_795_230_044_291_548), severity: .warning, kind: .dataset,
            entity: EntityChange(
                type: "task", id: "t1", operation: .update, attributeName: "status",
                attributeValue: try JSONText(#""done""#)),
            metadata: try JSONText(#"{"version": "2"}"#), orderingKey: "t1",
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        event.originalID = "A-1"
        return event
    }
}
