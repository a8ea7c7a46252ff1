/// The text of a document. Places in it are byte offsets; only errors pay for lines and columns.
struct Source: Sendable {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    func location(at offset: Int) -> GraphQLLocation {
        var line = 1
        var lineStart = 0
        var index = 0
        let end = min(offset, bytes.count)
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\r"), index < bytes.count, bytes[index] == UInt8(ascii: "\n") {
                // The two end one line; a place between them is still on it.
                guard index < end else { break }
                index += 1
            } else if byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
                continue
            }
            line += 1
            lineStart = index
        }
        let column = bytes[lineStart..<end].count { $0 & 0xC0 != 0x80 } + 1
        return GraphQLLocation(line: line, column: column)
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    func error(_ message: String, at offset: Int) -> GraphQLError {
        GraphQLError(message, locations: [location(at: offset)])
    }
}
