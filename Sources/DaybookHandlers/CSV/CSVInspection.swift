import Glibc

/// What a look through a whole file tells: where its last whole row ends, and its first row.
struct CSVInspection {
    /// A header is not longer; of a longer first row nothing is told.
    private static let headerLimit = 1 << 20
    private static let blockSize = 1 << 20

    /// Behind the last line feed that ends a row; what follows was being written when a crash came.
    private(set) var wholeLength = 0
    /// The cells of the first row; nil when there is none.
    private(set) var header: [String]?
    /// How long the first row is.
    private(set) var headerLength = 0

    /// Reads a file from its beginning to its end, or only its first row.
    init(_ descriptor: Int32, path: String, onlyHeader: Bool = false) throws(SystemFailure) {
        var offset = 0
        var quoted = false
        var firstRow: [UInt8] = []
        while true {
            var failure: SystemFailure?
            let block = [UInt8](unsafeUninitializedCapacity: onlyHeader ? 4096 : Self.blockSize) { buffer, count in
                var result: Int
                repeat {
                    result = pread(descriptor, buffer.baseAddress, buffer.count, offset)
                } while result < 0 && errno == EINTR
                if result < 0 { failure = SystemFailure("read '\(path)'") }
                count = max(result, 0)
            }
            if let failure { throw failure }
            if block.isEmpty { break }
            block.withUnsafeBytes { bytes in
                for at in bytes.indices {
                    let byte = bytes[at]
                    if byte == UInt8(ascii: "\"") {
                        quoted.toggle()
                    } else if byte == UInt8(ascii: "\n"), !quoted {
                        wholeLength = offset + at + 1
                        if headerLength == 0 { headerLength = wholeLength }
                    }
                }
            }
            if headerLength == 0 || offset < headerLength, firstRow.count <= Self.headerLimit {
                firstRow += block
            }
            offset += block.count
            if onlyHeader, headerLength > 0 || offset > Self.headerLimit { break }
        }
        if headerLength > 0, headerLength <= min(firstRow.count, Self.headerLimit) {
            header = Self.cells(of: firstRow.prefix(headerLength - 1))
        }
    }

    /// The cells of a row without its line end.
    static func cells(of row: some Sequence<UInt8>) -> [String] {
        var cells: [[UInt8]] = [[]]
        var quoted = false
        var previousClosed = false
        for byte in row {
            switch byte {
            case UInt8(ascii: "\""):
                // A second quotation mark right behind a closing one is one of the text.
                if previousClosed { cells[cells.count - 1].append(byte) }
                previousClosed = quoted
                quoted.toggle()
                continue
            case UInt8(ascii: ",") where !quoted: cells.append([])
            default: cells[cells.count - 1].append(byte)
            }
            previousClosed = false
        }
        return cells.map { String(decoding: $0, as: UTF8.self) }
    }
}
