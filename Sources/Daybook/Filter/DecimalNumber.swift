/// A number as JSON writes it, compared exactly, however many digits it has.
public struct DecimalNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
    private let isNegative: Bool
    /// Without zeros at either end; empty for zero.
    private let digits: [UInt8]
    /// The power of ten of a decimal point in front of the digits: 0.25 has 0, 25 has 2.
    private let exponent: Int

    /// - Parameter text: a number in JSON's syntax; nil for all else.
    public init?(_ text: String) {
        // No text is long enough to make up for a power of ten beyond this bound, which keeps sums from overflowing. What is
        // written may be that of the first digit or of the last, so it has some room.
        let bound = 1 << 40
        let writtenBound = 2 * bound
        let bytes = Array(text.utf8)
        let mantissa = bytes.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let power = bytes.dropFirst(mantissa.count + 1)
        var digits: [UInt8] = []
        var whole = 0
        var sawPoint = false
        for (at, byte) in mantissa.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
                if !sawPoint { whole += 1 }
            case UInt8(ascii: ".") where !sawPoint && whole > 0: sawPoint = true
            case UInt8(ascii: "-") where at == 0: continue
            default: return nil
            }
        }
        guard !digits.isEmpty else { return nil }
        var exponent = 0
        if bytes.count > mantissa.count {
            let text = String(decoding: power, as: UTF8.self)
            let sign = power.first == UInt8(ascii: "-") || power.first == UInt8(ascii: "+") ? 1 : 0
            guard power.count > sign, power.dropFirst(sign).allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
                return nil
            }
            exponent = Int(text) ?? (power.first == UInt8(ascii: "-") ? -writtenBound : writtenBound)
            exponent = min(max(exponent, -writtenBound), writtenBound)
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : min(max(exponent + whole - zeros, -bound), bound)
        isNegative = bytes.first == UInt8(ascii: "-") && !digits.isEmpty
    }

    public init(_ integer: Int) {
        let magnitude = String(integer.magnitude).utf8
        var digits = Array(magnitude)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.digits = digits
        exponent = digits.isEmpty ? 0 : magnitude.count
        isNegative = integer < 0
    }

    /// Nil for infinities and NaN.
    public init?(_ double: Double) {
        guard double.isFinite else { return nil }
        self.init("\(double)")
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        return a.isNegative ? b.isSmallerInSize(than: a) : a.isSmallerInSize(than: b)
    }

    private func isSmallerInSize(than other: DecimalNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return !other.digits.isEmpty && digits.isEmpty }
        if exponent != other.exponent { return exponent < other.exponent }
        return digits.lexicographicallyPrecedes(other.digits)
    }

    /// As JSON writes it: with all digits, and with a power of ten where there would be many zeros.
    public var description: String {
        guard !digits.isEmpty else { return "0" }
        let text = String(decoding: digits, as: UTF8.self)
        let sign = isNegative ? "-" : ""
        switch exponent {
        case digits.count...(digits.count + 20):
            return sign + text + String(repeating: "0", count: exponent - digits.count)
        case 1..<digits.count: return "\(sign)\(text.prefix(exponent)).\(text.dropFirst(exponent))"
        case -6...0: return "\(sign)0." + String(repeating: "0", count: -exponent) + text
        default:
            let fraction = digits.count > 1 ? ".\(text.dropFirst())" : ""
            return "\(sign)\(text.prefix(1))\(fraction)e\(exponent - 1)"
        }
    }
}
