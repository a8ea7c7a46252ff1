import Daybook

extension LogContract {
    /// A record comes back as it went in, byte for byte.
    static let contents: [LogContract] = [
        keeps(
            "null and empty keys differ",
            "A key that is null, one that is empty and one that is neither come back as such.",
            [Record(key: nil, value: [1]), Record(key: [], value: [1]), Record(key: [0], value: [1])]),

        keeps(
            "null and empty values differ",
            "A value that is null, one that is empty and one that is neither come back as such.",
            [Record(key: [1], value: nil), Record(key: [1], value: []), Record(key: [1], value: [0])]),

        keeps(
            "null and empty header values differ", "Header values that are null, empty or neither come back as such.",
            [headers([("a", nil), ("b", []), ("c", [0])]), headers([("a", [])]), headers([("a", nil)]), headers([])]),

        keeps(
            "headers keep order and repeats", "Headers come back in their order, with every repeat of a name.",
            [
                headers([("b", [1]), ("a", [2]), ("c", [3]), ("a", [4])]),
                headers([("x", [2]), ("x", [1]), ("x", [2]), ("x", nil), ("x", [])]),
                headers((0..<40).map { ("name \($0 % 7)", [UInt8($0)]) }),
            ]),

        keeps(
            "any bytes are kept",
            "Keys, values and header values may hold any bytes: zeros, all 256 values, what is no UTF-8.",
            [
                Record(key: Array(0...255), value: Array((0...255).reversed())),
                Record(key: [0, 0, 1, 0], value: [0xC3, 0x28, 0xFF, 0, 0xED, 0xA0, 0x80]),
                headers([("bytes", Array(0...255)), ("näme ☃ 🦊", [0, 0xFF, 0]), ("zeros", [0, 0, 0])]),
                Record(key: Array("ключ".utf8), value: [UInt8](repeating: 0, count: 10_000)),
            ]),
    ]

    /// Sends these records, each by itself and all in one batch, and wants them back unchanged.
    private static func keeps(_ name: String, _ proves: String, _ records: [Record]) -> LogContract {
        LogContract(name, proves) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            for record in records { try await run.append([NewRecord(partition, record)], to: log) }
            try await run.append(records.map { NewRecord(partition, $0) }, to: log)
            let found = try await run.contents(of: [partition], in: log)[partition, default: []]
            try expectEqual(found.count, records.count * 2, "records read")
            for (stored, record) in zip(found, records + records) {
                try expectEqual(stored.record.key, record.key, "the key of \(stored.offset)")
                try expectEqual(stored.record.value, record.value, "the value of \(stored.offset)")
                try expectEqual(stored.record.headers, record.headers, "the headers of \(stored.offset)")
            }
            let positions = found.map { Position(partition, $0.offset) }
            let fetched = try await run.within("the records by position") { try await log.records(at: positions) }
            try expect(
                fetched.map { $0?.record } == records + records, "records(at:) gives other records than the reader")
        }
    }

    private static func headers(_ headers: [(name: String, value: [UInt8]?)]) -> Record {
        var record = Record("with headers")
        for header in headers { record.headers.append(name: header.name, value: header.value) }
        return record
    }
}
