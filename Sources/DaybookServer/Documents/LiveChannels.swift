import Daybook
import LosslessJSON

/// The live channels as AsyncAPI has them: `/ws` and `/api/stream`.
enum LiveChannels {
    static let channels: [JSONValue.Member] = [
        .init(
            "websocket",
            [
                "address": "/ws", "description": "AYON's messages; one JSON object a text frame.",
                "servers": [["$ref": "#/servers/websocket"]],
                "messages": [
                    "auth": ["$ref": "#/components/messages/auth"],
                    "event": ["$ref": "#/components/messages/event"],
                    "heartbeat": ["$ref": "#/components/messages/heartbeat"],
                ],
                "bindings": ["ws": ["method": "GET", "bindingVersion": "0.1.0"]],
            ]),
        .init(
            "stream",
            [
                "address": "/api/stream", "description": "Server-sent events; /openapi.json has the parameters.",
                "servers": [["$ref": "#/servers/http"]],
                "messages": ["delivery": ["$ref": "#/components/messages/delivery"]],
            ]),
    ]

    static let operations: [JSONValue.Member] = [
        .init(
            "subscribe",
            [
                "action": "receive", "channel": ["$ref": "#/channels/websocket"],
                "summary": "The first message says what the subscriber wants; a later one takes its place.",
                "messages": [["$ref": "#/channels/websocket/messages/auth"]],
            ]),
        .init(
            "push",
            [
                "action": "send", "channel": ["$ref": "#/channels/websocket"],
                "summary": "What happens, as it happens.",
                "messages": [
                    ["$ref": "#/channels/websocket/messages/event"],
                    ["$ref": "#/channels/websocket/messages/heartbeat"],
                ],
            ]),
        .init(
            "stream",
            [
                "action": "send", "channel": ["$ref": "#/channels/stream"], "summary": "What happens, as it happens.",
                "messages": [["$ref": "#/channels/stream/messages/delivery"]],
            ]),
    ]

    static let messages: [JSONValue.Member] = [
        .init("auth", ["name": "auth", "payload": ["$ref": "#/components/schemas/auth"]]),
        .init("event", ["name": "event", "payload": ["$ref": "#/components/schemas/event"]]),
        .init("heartbeat", ["name": "heartbeat", "payload": ["$ref": "#/components/schemas/heartbeat"]]),
        .init(
            "delivery",
            [
                "name": "delivery", "payload": ["$ref": "#/components/schemas/delivery"],
                "description": "The data of an event `created`, `changed` or `deleted`. Its id goes on behind it.",
            ]),
    ]

    static let schemas: [JSONValue.Member] = [
        .init(
            "auth",
            [
                "type": "object", "required": ["topic"],
                "properties": [
                    "topic": ["const": "auth"],
                    "token": ["type": ["string", "null"], "description": "A key or a token."],
                    "subscribe": [
                        "type": ["array", "null"], "items": ["type": "string"], "maxItems": 1000,
                        "description": "Beginnings of topics; `*` alone is all.",
                    ],
                    "project": ["type": ["string", "null"], "description": "Events of it, and those of none."],
                    "user": ["type": ["string", "null"], "description": "Who the subscriber is."],
                    "from": [
                        "type": ["string", "null"],
                        "description": "First what was missed: earliest, a time, a position, or a token.",
                    ],
                ],
            ]),
        .init(
            "event",
            [
                "type": "object", "additionalProperties": false,
                "required": [
                    "createdAt", "dependsOn", "description", "id", "project", "sender", "senderType", "status",
                    "summary", "topic", "updatedAt", "user",
                ],
                "properties": .object(
                    eventMembers + [
                        .init("store", ["type": "boolean", "description": "Of a creation; false: fire and forget."]),
                        .init("token", ["type": "string", "description": "Where to go on from, for who gave `from`."]),
                        .init("updatedAt", time),
                    ]),
            ]),
        .init(
            "heartbeat",
            [
                "type": "object", "required": ["topic"], "additionalProperties": false,
                "properties": ["topic": ["const": "heartbeat"], "token": ["type": "string"]],
            ]),
        .init(
            "delivery",
            [
                "type": "object", "required": ["position", "logTime", "operation", "event"],
                "additionalProperties": false,
                "properties": [
                    "position": ["type": "string"], "logTime": time, "store": ["type": "boolean"],
                    "operation": words(RecordOperation.allCases.map(\.rawValue)),
                    "changes": ["type": "array", "items": ["type": "string"]], "actor": ["type": "string"],
                    "event": [
                        "type": "object", "description": "The attributes that are set, without the payload.",
                        "required": ["id", "topic", "status", "progress"],
                    ],
                ],
            ]),
    ]

    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static let optionalText: JSONValue = ["type": ["string", "null"]]

    private static let eventMembers: [JSONValue.Member] = [
        .init("createdAt", time), .init("dependsOn", optionalText), .init("description", ["type": "string"]),
        .init("id", ["type": "string", "pattern": "^[0-9a-f]{32}$"]),
        .init("progress", ["type": "number", "minimum": 0, "maximum": 100]), .init("project", optionalText),
        .init("sender", optionalText), .init("senderType", optionalText),
        .init("status", words(EventStatus.allCases.map(\.rawValue))), .init("summary", ["type": "object"]),
        .init("topic", ["type": "string"]), .init("user", optionalText),
    ]

    private static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }
}
