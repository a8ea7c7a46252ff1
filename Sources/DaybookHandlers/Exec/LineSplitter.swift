/// Takes bytes as they come and gives whole lines, without their ends.
struct LineSplitter {
    struct TooLong: Error {}

    /// In bytes: who writes more without a line end is not waited for.
    let limit: Int
    private var rest: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// - Throws: ``TooLong``.
    mutating func lines(adding bytes: some Sequence<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
                lines.append(rest)
                rest = []
            } else {
                guard rest.count < limit else { throw TooLong() }
                rest.append(byte)
            }
        }
        return lines
    }

    /// What stood behind the last line end.
    mutating func finish() -> [UInt8] {
        defer { rest = [] }
        return rest
    }
}
