extension Source {
    /// The value of a string token; its escapes have been checked.
    func stringValue(_ token: Token) -> String {
        guard token.kind == .string else { return blockStringValue(token) }
        let inner = token.range.lowerBound + 1..<token.range.upperBound - 1
        guard bytes[inner].contains(UInt8(ascii: "\\")) else { return text(inner) }
        var value: [UInt8] = []
        value.reserveCapacity(inner.count)
        var index = inner.lowerBound
        while index < inner.upperBound {
            if bytes[index] == UInt8(ascii: "\\"), let escape = StringEscape(bytes, at: index) {
                value.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
                index += escape.length
            } else {
                value.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// The value of a block string: without the indentation its lines share (the first line aside), and without blank
    /// lines at either end.
    private func blockStringValue(_ token: Token) -> String {
        var lines = blockStringLines(token.range.lowerBound + 3..<token.range.upperBound - 3)
        let indentation = lines.dropFirst().compactMap(\.indentation).min() ?? 0
        for index in lines.indices.dropFirst() { lines[index].removeFirst(min(indentation, lines[index].count)) }
        let first = lines.firstIndex { $0.indentation != nil } ?? lines.endIndex
        let last = lines.lastIndex { $0.indentation != nil } ?? lines.startIndex
        guard first < lines.endIndex else { return "" }
        return String(decoding: Array(lines[first...last].joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
    }

    /// The lines of a block string's inside, with `\"""` resolved.
    private func blockStringLines(_ range: Range<Int>) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\n"): lines.append([])
            case UInt8(ascii: "\r"):
                if index < range.upperBound, bytes[index] == UInt8(ascii: "\n") { index += 1 }
                lines.append([])
            case UInt8(ascii: "\\") where bytes[index..<min(index + 3, range.upperBound)].elementsEqual(#"""""#.utf8):
                lines[lines.count - 1].append(contentsOf: #"""""#.utf8)
                index += 3
            default: lines[lines.count - 1].append(byte)
            }
        }
        return lines
    }
}

extension [UInt8] {
    /// How many spaces and tabs a line begins with; nil when it has nothing else.
    fileprivate var indentation: Int? {
        firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    }
}
