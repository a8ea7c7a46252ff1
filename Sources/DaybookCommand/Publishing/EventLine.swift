import Daybook

/// An event as a line of NDJSON.
enum EventLine {
    /// Gives the event an id unless it has its own, so that sending the line again cannot make a second event.
    ///
    /// Ours goes to the front, and of repeated members the last counts.
    static func withID(_ line: [UInt8], _ id: EventID = .generate()) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard let start = line.firstIndex(where: { !isBlank($0) }), line[start] == UInt8(ascii: "{"),
            let next = line[(start + 1)...].firstIndex(where: { !isBlank($0) }), line[next] == UInt8(ascii: "\"")
        else { return line }
        return Array(line[...start]) + Array("\"id\":\"\(id)\",".utf8) + line[next...]
    }
}
