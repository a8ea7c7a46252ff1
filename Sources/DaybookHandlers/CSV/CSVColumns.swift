import LosslessJSON

/// The columns of a file; `timestamp` is the first.
struct CSVColumns: Hashable {
    static let timestamp = "timestamp"
    /// Payloads with ever new names must not make a header that grows for ever.
    private static let limit = 1000

    let names: [String]

    /// - Parameter fields: `timestamp` among them is left out, as are repeated ones.
    init(fields: some Sequence<String>) {
        var seen: Set<String> = [Self.timestamp]
        names = [Self.timestamp] + fields.filter { seen.insert($0).inserted }
    }

    /// The columns of a header as it was read; nil when these are none that a ``CSVFile`` wrote.
    init?(header names: [String]) {
        guard names.first == Self.timestamp, Set(names).count == names.count else { return nil }
        self.names = names
    }

    /// These columns and behind them those that an event needs besides.
    func extended(by needed: [String]) -> CSVColumns {
        let united = CSVColumns(fields: names + needed)
        return united.names.count > Self.limit ? CSVColumns(fields: needed) : united
    }

    func hold(_ needed: [String]) -> Bool {
        let names = Set(names)
        return needed.allSatisfy(names.contains)
    }

    /// Whether the members are those of the columns, in their order, all of them and no other: `timestamp` aside, which
    /// may be missing. Most rows are so, and need no looking up.
    @inline(__always)
    func match(_ members: JSONMembers) -> Bool {
        let start = names.count - members.count
        guard start == 0 || start == 1 else { return false }
        for at in 0..<members.count where members[at].key != names[at + start] { return false }
        return true
    }

    var header: [UInt8] {
        var row: [UInt8] = []
        for (at, name) in names.enumerated() {
            if at > 0 { row.append(UInt8(ascii: ",")) }
            row.appendCell(name)
        }
        row.append(UInt8(ascii: "\n"))
        return row
    }

    /// Writes a row of members that ``match(_:)``.
    ///
    /// - Parameter time: the first cell when no member gives it.
    @inline(__always)
    func appendMatchingRow(_ members: JSONMembers, time: @autoclosure () -> String, to rows: inout [UInt8]) {
        if members.count < names.count { rows.appendCell(time()) }
        for at in 0..<members.count {
            if at > 0 || members.count < names.count { rows.append(UInt8(ascii: ",")) }
            rows.appendCell(members[at].value)
        }
        rows.append(UInt8(ascii: "\n"))
    }

    /// Writes a row. What it does not have stays empty; what there is no column for is left out.
    func appendRow(_ content: CSVContent, time: String, to rows: inout [UInt8]) {
        switch content {
        case .members(let members):
            let values = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            appendRow(to: &rows) { name, rows in
                if let value = values[name] {
                    rows.appendCell(value)
                } else if name == Self.timestamp {
                    rows.appendCell(time)
                }
            }
        case .text(let description, let payload):
            appendRow(to: &rows) { name, rows in
                switch name {
                case Self.timestamp: rows.appendCell(time)
                case CSVContent.description: rows.appendCell(description)
                case CSVContent.payload: if let payload { rows.appendCell(payload) }
                default: break
                }
            }
        }
    }

    private func appendRow(to rows: inout [UInt8], _ cell: (String, inout [UInt8]) -> Void) {
        for (at, name) in names.enumerated() {
            if at > 0 { rows.append(UInt8(ascii: ",")) }
            cell(name, &rows)
        }
        rows.append(UInt8(ascii: "\n"))
    }
}
