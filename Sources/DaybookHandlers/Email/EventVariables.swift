import Daybook
import LosslessJSON
import Mustache

/// What templates can name of an event. What is not set is nothing; nothing is made before it is named.
struct EventVariables: MustacheParent {
    private let delivery: Delivery
    private let format: EmailVariables.Format
    private let fields: @Sendable (String) -> [DatasetField]?

    init(
        _ delivery: Delivery, _ format: EmailVariables.Format, _ fields: @escaping @Sendable (String) -> [DatasetField]?
    ) {
        self.delivery = delivery
        self.format = format
        self.fields = fields
    }

    func child(named name: String) -> Any? {
        let event = delivery.event
        return switch name {
        case "summary": EventText.summaryText(event)
        case "dataTable": dataTable
        case "rows": EventText.rows(event, fields: fields(event.topic)).map(Self.row)
        case "payload": payload
        case "summaryFields": Self.value(event.summary)
        case "metadata": Self.value(event.metadata)
        case "isError": event.severity == .error
        case "isWarning": event.severity == .warning
        default: attribute(named: name)
        }
    }

    private func attribute(named name: String) -> Any? {
        let event = delivery.event
        return switch name {
        case "id": event.id.description
        case "topic": event.topic
        case "hash": event.hash
        case "sender": event.sender
        case "senderType": event.senderType
        case "project": event.project
        case "user": event.user
        case "dependsOn": event.dependsOn?.description
        case "status": event.status.rawValue
        case "retries": event.retries
        case "progress": EventText.value(Self.number(event.progress))
        case "description": event.description
        case "severity": event.severity.rawValue
        case "kind": event.kind.rawValue
        case "createdAt": EventText.value(event.createdAt ?? delivery.entry.time)
        case "entityType": event.entity.type
        case "entityId": event.entity.id
        case "operation": event.entity.operation?.rawValue
        case "attributeName": event.entity.attributeName
        case "attributeValue": event.entity.attributeValue.flatMap(Self.value)
        case "change": delivery.entry.record.operation.rawValue
        case "position": delivery.entry.position.description
        case "registration": delivery.registration
        default: nil
        }
    }

    private var dataTable: String {
        let fields = fields(delivery.event.topic)
        switch format {
        case .text:
            // Templates set the line ends.
            let table = EventText.tableText(delivery.event, fields: fields)
            return table.hasSuffix("\n") ? String(table.dropLast()) : table
        case .html: return EventText.tableHTML(delivery.event, fields: fields)
        }
    }

    private var payload: Any? {
        guard let payload = delivery.event.payload, payload.isJSON, let text = try? JSONText(payload.bytes) else {
            return nil
        }
        return Self.value(text)
    }

    private static func row(_ row: EventText.Row) -> [String: String] {
        ["name": row.name, "title": row.title, "value": row.value]
    }

    private static func number(_ value: Double) -> JSONText {
        var json = JSONWriter()
        json.double(value)
        return JSONText(trusting: json.bytes)
    }

    /// A JSON value as Mustache takes it: numbers as they were written, null as nothing.
    private static func value(_ text: JSONText) -> Any? {
        (try? JSONValue(text)).flatMap(value)
    }

    private static func value(_ value: JSONValue) -> Any? {
        switch value {
        case .null: return nil
        case .bool(let value): return value
        case .number(let text), .string(let text): return text
        case .array(let elements): return elements.compactMap { Self.value($0) }
        case .object(let members):
            var values: [String: Any] = [:]
            for member in members { values[member.key] = Self.value(member.value) }
            return values
        }
    }
}
