import LosslessJSON

/// A part of a response while it is written: its JSON so far, the errors so far, and the path to where it is written.
///
/// Commas are its user's care, who knows what comes first; that makes going back simple.
struct ResponsePart: Sendable {
    private var bytes: [UInt8] = []
    var errors: [GraphQLError] = []
    var path: [GraphQLPathElement]
    /// Whether a null may not stand here and so has to take the place of what is around.
    var isFailed = false

    init(path: [GraphQLPathElement]) {
        self.path = path
    }

    /// How much has been written; a place to go back to.
    var length: Int { bytes.count }

    /// Writes null in place of what was written since a place where a value was wanted.
    mutating func replaceByNull(since length: Int) {
        bytes.removeLast(bytes.count - length)
        null()
    }

    mutating func byte(_ character: Unicode.Scalar) {
        bytes.append(UInt8(truncatingIfNeeded: character.value))
    }

    mutating func null() {
        bytes.append(contentsOf: "null".utf8)
    }

    mutating func bool(_ value: Bool) {
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    mutating func raw(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    /// Writes one value.
    mutating func value(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(appendingTo: bytes)
        // The writer's are the only copy, or the text would be copied for each value.
        bytes = []
        write(&writer)
        bytes = writer.bytes
    }

    /// Writes another part, which was made for this place.
    mutating func append(_ part: ResponsePart) {
        errors += part.errors
        bytes.append(contentsOf: part.bytes)
    }

    var json: JSONText { JSONText(trusting: bytes) }
}
