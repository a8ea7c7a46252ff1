/// The version of AYON's server that Daybook passes for.
///
/// AYON's Python client refuses a version that its pattern does not match, and asks for less, or under older names, the
/// older the version is: it deletes events from 1.6.0 on.
public enum AyonVersion {
    private static let oldest = [1, 6, 1]

    /// What is wrong with a version; nil when nothing is.
    ///
    /// - Parameter text: `MAJOR.MINOR.PATCH`, perhaps with `-PRERELEASE`, perhaps with `+BUILD`.
    public static func problem(_ text: String) -> String? {
        let form = "'\(text)' is no version such as 1.16.0 or 1.16.0+build"
        let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let core = (parts.first ?? "").split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard (parts.dropFirst() + core.dropFirst()).allSatisfy({ $0.utf8.allSatisfy(isSuffixByte) }) else {
            return form
        }
        let texts = (core.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let numbers = texts.compactMap(number)
        guard texts.count == 3, numbers.count == 3 else { return form }
        return numbers.lexicographicallyPrecedes(oldest)
            ? "must be above 1.6.0, from which on AYON's clients delete events, not \(text)" : nil
    }

    /// Digits without a leading zero.
    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return text.count > 1 && text.first == "0" ? nil : Int(text)
    }

    private static func isSuffixByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }
}
