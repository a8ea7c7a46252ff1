import Mail

/// A rendered mail, taken apart as RFC 5322 says.
struct Sent {
    let text: String
    let lines: [String]
    let body: String
    /// Headers as they are, without the last line end.
    private let fields: [String]

    init(_ message: MailMessage) {
        let bytes = message.rendered()
        text = String(decoding: bytes, as: UTF8.self)
        let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        lines = parts.map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
        let head = lines.prefix { !$0.isEmpty }
        var fields: [String] = []
        for line in head {
            if line.hasPrefix(" ") || line.hasPrefix("\t"), let last = fields.popLast() {
                fields.append(last + line)
            } else {
                fields.append(line)
            }
        }
        self.fields = fields
        body = lines.dropFirst(head.count + 1).joined(separator: "\r\n")
    }

    var names: [String] { fields.map { String($0.prefix { $0 != ":" }) } }

    /// Unfolded.
    func raw(_ name: String) -> [String] { fields.filter { $0.hasPrefix(name + ":") } }

    func header(_ name: String) -> [String] { raw(name).map { String($0.dropFirst(name.count + 2)) } }
}
