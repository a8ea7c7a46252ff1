import LosslessJSON
import Testing

struct JSONRoundTripTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `what is written reads back the same`(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        for _ in 0..<25 {
            let value = JSONValue.random(depth: 4, using: &generator)
            let text = JSONText(value)
            #expect(try JSONText(text.bytes) == text, "what the writer writes is valid and has no white space")
            #expect(try JSONValue(text) == value)
            #expect(try JSONText(spaced(text, using: &generator)) == text)
        }
    }

    /// Every change of one byte is either refused or read without a trap, and then reads the same again.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `survives any change of a byte`(seed: UInt64) {
        var generator = SplitMix(state: seed &+ 1_000)
        let text = JSONText(JSONValue.random(depth: 4, using: &generator)).bytes
        for index in text.indices {
            var changed = text
            changed[index] = UInt8.random(in: 0...255, using: &generator)
            guard let accepted = try? JSONText(changed) else { continue }
            #expect((try? JSONText(accepted.bytes)) == accepted)
            #expect((try? JSONValue(accepted)) != nil)
        }
    }

    @Test func `refuses a depth that the language's own nesting cannot hold`() throws {
        let depth = JSONValue.maximumDepth
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let limits = JSONLimits(maximumDepth: .max)
        #expect(try JSONText(JSONValue(text.utf8, limits: limits)).description == text)
        let deeper = try JSONText("[" + text + "]", limits: limits)
        #expect(throws: JSONError.self) { try JSONValue(deeper) }
    }

    @Test func `finds members by name`() throws {
        let value = try JSONValue(#"{"a":1,"b":{"c":"x"},"a":2}"#.utf8)
        #expect(value["a"] == .number("2"))
        #expect(value["b"]?["c"] == .string("x"))
        #expect(value["c"] == nil && value["a"]?["b"] == nil)
    }

    private func spaced(_ text: JSONText, using generator: inout SplitMix) -> [UInt8] {
        var result: [UInt8] = []
        var inString = false
        var escaped = false
        for byte in text.bytes {
            if !inString, ",:{}[]".utf8.contains(byte) {
                result += Array(
                    " \t\r\n".utf8.shuffled(using: &generator).prefix(Int.random(in: 0...2, using: &generator)))
                result.append(byte)
                result += Array(" \n".utf8)
                continue
            }
            if byte == UInt8(ascii: "\""), !escaped { inString.toggle() }
            escaped = inString && byte == UInt8(ascii: "\\") && !escaped
            result.append(byte)
        }
        return result
    }
}

/// A small random generator with a seed, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension JSONValue {
    static func random(depth: Int, using generator: inout SplitMix) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .number("\(Int64.random(in: .min ... .max, using: &generator))")
        case 3: .number("\(Double.random(in: -1e6...1e6, using: &generator))")
        case 4: .string(randomText(using: &generator))
        case 5, 6:
            .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            .object(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    Member(randomText(using: &generator), random(depth: depth - 1, using: &generator))
                })
        }
    }

    private static func randomText(using generator: inout SplitMix) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x01...0x1F, 0x20...0x7E, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x80...0x7FF, 0x800...0xD7FF,
            0x1F600...0x1F64F,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.append(scalar) }
        }
        return String(text)
    }
}
