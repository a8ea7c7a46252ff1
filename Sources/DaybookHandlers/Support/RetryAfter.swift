import Daybook

/// Reads what a server's `Retry-After` says (RFC 9110, 10.2.3): seconds, or a date.
enum RetryAfter {
    /// Nobody is believed who says more: a slip of theirs must not stop deliveries for years.
    static let longest = Duration.seconds(24 * 3600)

    /// How long to wait, from now on; nil when there is nothing that can be read.
    static func duration(_ text: String?, now: Timestamp = .now) -> Duration? {
        guard let text = text?.split(separator: " ").joined(separator: " "), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(.seconds(Int(text) ?? .max / 2), longest)
        }
        guard let date = date(text) else { return nil }
        return min(max(.microseconds(date.microseconds - now.microseconds), .zero), longest)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that may be sent.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[1].count == 2, parts[3].count == 4, parts[4].count == 8,
            parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        return Timestamp("\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }
}
