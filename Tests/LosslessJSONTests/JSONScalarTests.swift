import LosslessJSON
import Testing

struct JSONScalarTests {
    @Test(
        arguments: [
            ("7", 7), ("-7", -7), ("0", 0), ("-0", 0), ("7.0", 7), ("70e-1", 7), ("0.7E1", 7), ("1e3", 1_000),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775807.0", .max),
            ("922337203685477580.70e1", .max), ("0e99999999999999999999", 0), ("0.0e-99999999999999999999", 0),
            ("9223372036854775808", nil), ("7.5", nil), ("1e19", nil), ("1e-1", nil), ("1.00000000000000000001", nil),
            ("10e9223372036854775807", nil), ("0.1e-9223372036854775808", nil), ("1e99999999999999999999", nil),
            ("\"7\"", nil), ("true", nil), ("null", nil), ("[7]", nil),
        ] as [(String, Int64?)])
    func `gives integers only where they are exact`(text: String, value: Int64?) throws {
        #expect(try JSONText(text).int64Value == value)
    }

    @Test(
        arguments: [
            ("1.5", 1.5), ("-0", 0), ("1e300", 1e300), ("0.1", 0.1),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("1e400", nil), ("\"1\"", nil), ("{}", nil),
        ] as [(String, Double?)])
    func `gives doubles`(text: String, value: Double?) throws {
        #expect(try JSONText(text).doubleValue == value)
    }

    @Test(
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\ude00!""#, "😀!"), (#""\udbff\udfff""#, "\u{10ffff}"), ("\"ž\\tž\"", "ž\tž"), ("1", nil),
            ("[\"a\"]", nil),
        ] as [(String, String?)])
    func `gives strings with their escapes resolved`(text: String, value: String?) throws {
        #expect(try JSONText(text).stringValue == value)
    }

    @Test func `tells the kinds apart`() throws {
        let kinds: [(String, JSONKind)] = [
            ("null", .null), ("true", .bool), ("false", .bool), ("-1", .number), ("\"\"", .string), ("[]", .array),
            ("{}", .object),
        ]
        for (text, kind) in kinds {
            let value = try JSONText(text)
            #expect(value.kind == kind)
            #expect(value.isNull == (kind == .null))
            #expect((value.boolValue != nil) == (kind == .bool))
            #expect((value.numberText != nil) == (kind == .number))
        }
        #expect(try JSONText("true").boolValue == true)
        #expect(try JSONText("false").boolValue == false)
        #expect(try JSONText("1.50").numberText == "1.50")
    }
}
