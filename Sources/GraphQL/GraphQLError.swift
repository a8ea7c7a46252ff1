public import LosslessJSON

/// A place in a document: lines end with `\n`, `\r\n` or `\r`; columns count Unicode scalars; both from 1.
public struct GraphQLLocation: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One step from the root of a response to a place in it.
public enum GraphQLPathElement: Hashable, Sendable {
    case key(String)
    case index(Int)
}

/// One member of a response's `errors`: of the request (no path) or of a field.
public struct GraphQLError: Error, Hashable, Sendable {
    public var message: String
    /// Where in the document; empty when no place is to blame.
    public var locations: [GraphQLLocation]
    /// The field whose value is missing because of this; nil for a request error.
    public var path: [GraphQLPathElement]?
    /// More for programs; left out of the response when empty.
    public var extensions: [JSONValue.Member]

    public init(
        _ message: String, locations: [GraphQLLocation] = [], path: [GraphQLPathElement]? = nil,
        extensions: [JSONValue.Member] = []
    ) {
        self.message = message
        self.locations = locations
        self.path = path
        self.extensions = extensions
    }
}

extension GraphQLError: CustomStringConvertible {
    public var description: String {
        guard let first = locations.first else { return message }
        return "line \(first.line), column \(first.column): \(message)"
    }
}

extension GraphQLError {
    /// Writes `{"message": …, "locations": […], "path": […], "extensions": {…}}`, without the members it has not.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("message")
        writer.string(message)
        if !locations.isEmpty {
            writer.key("locations")
            writer.beginArray()
            for location in locations {
                writer.beginObject()
                writer.key("line")
                writer.int(location.line)
                writer.key("column")
                writer.int(location.column)
                writer.endObject()
            }
            writer.endArray()
        }
        if let path {
            writer.key("path")
            writer.beginArray()
            for element in path {
                switch element {
                case .key(let key): writer.string(key)
                case .index(let index): writer.int(index)
                }
            }
            writer.endArray()
        }
        if !extensions.isEmpty {
            writer.key("extensions")
            writer.value(.object(extensions))
        }
        writer.endObject()
    }
}
