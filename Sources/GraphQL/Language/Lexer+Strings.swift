extension Lexer {
    /// Passes a string in single quotation marks and checks its escapes.
    mutating func skipString() throws(GraphQLError) {
        at += 1
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"):
                guard let escape = StringEscape(source.bytes, at: at) else {
                    throw source.error("Syntax error: invalid escape in a string.", at: at)
                }
                at += escape.length
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): throw unterminated()
            default: at += 1
            }
        }
        throw unterminated()
    }

    /// Passes a string in triple quotation marks, in which `\"""` is the only escape.
    mutating func skipBlockString() throws(GraphQLError) {
        at += 3
        while at < source.bytes.count {
            if startsWithTripleQuotation(at) {
                at += 3
                return
            }
            at += peek() == UInt8(ascii: "\\") && startsWithTripleQuotation(at + 1) ? 4 : 1
        }
        throw unterminated()
    }

    private func startsWithTripleQuotation(_ index: Int) -> Bool {
        index + 3 <= source.bytes.count && source.bytes[index..<index + 3].allSatisfy { $0 == UInt8(ascii: "\"") }
    }

    private func unterminated() -> GraphQLError {
        source.error("Syntax error: the string is not closed.", at: at)
    }
}
