public import LosslessJSON

/// What a request is answered with.
public struct GraphQLResponse: Hashable, Sendable {
    /// What was asked for; null when a field at the root must not be null and failed. Nil when nothing was executed: the
    /// request itself is at fault, and GraphQL over HTTP answers it with status 400.
    public var data: JSONText?
    /// Of the request when there is no data, of fields otherwise.
    public var errors: [GraphQLError]

    public init(data: JSONText?, errors: [GraphQLError] = []) {
        self.data = data
        self.errors = errors
    }

    /// Whether the request could not be executed at all.
    public var isRequestError: Bool { data == nil }

    /// Writes `{"errors": […], "data": …}`, each only when there is one.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for error in errors { error.write(to: &writer) }
            writer.endArray()
        }
        if let data {
            writer.key("data")
            writer.raw(data)
        }
        writer.endObject()
    }

    public var json: JSONText {
        var writer = JSONWriter(capacity: (data?.bytes.count ?? 0) + 64)
        write(to: &writer)
        return JSONText(trusting: writer.bytes)
    }
}
