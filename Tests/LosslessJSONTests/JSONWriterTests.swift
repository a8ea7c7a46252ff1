import LosslessJSON
import Testing

struct JSONWriterTests {
    @Test func `sets the commas`() throws {
        var writer = JSONWriter(appendingTo: Array("data: ".utf8))
        writer.beginObject()
        writer.key("a")
        writer.int(1)
        writer.key("b")
        writer.beginArray()
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.string("x")
        writer.endArray()
        writer.key(escaping: "c\n")
        writer.raw(.emptyObject)
        writer.endObject()
        writer.endLine()
        writer.int(2)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"data: {"a":1,"b":[true,null,{},[],"x"],"c\n":{}}"#
                + "\n2")
    }

    @Test(
        arguments: [
            (100, "100"), (33.5, "33.5"), (0, "0"), (-0.0, "-0"), (0.1, "0.1"), (-2, "-2"), (1e15, "1000000000000000"),
            (1e16, "1e+16"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9_007_199_254_740_991, "9007199254740991"), (9_007_199_254_740_993.0, "9007199254740992"),
            (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
        ] as [(Double, String)])
    func `writes doubles in their shortest form`(value: Double, text: String) throws {
        var writer = JSONWriter()
        writer.double(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
        if value.isFinite {
            #expect(try JSONText(writer.bytes).doubleValue == value)
        }
    }

    @Test func `writes integers of every width`() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.int(0)
        writer.int(Int64.min)
        writer.int(Int64.max)
        writer.int(UInt64.max)
        writer.int(Int8(-128))
        writer.int(Int128.min)
        writer.endArray()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == "[0,-9223372036854775808,9223372036854775807,18446744073709551615,-128,-170141183460469231731687303715884105728]"
        )
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b\\c/d", #""a\"b\\c/d""#), ("\n\r\t\u{8}\u{c}", #""\n\r\t\b\f""#),
        ("\u{0}\u{1}\u{1f}\u{7f}", "\"\\u0000\\u0001\\u001f\u{7f}\""), ("ž日😀", "\"ž日😀\""),
        ("01234567\"89012345\n", #""01234567\"89012345\n""#), ("žžžž\"0123", "\"žžžž\\\"0123\""),
    ])
    func `escapes what must be escaped, and nothing else`(text: String, written: String) {
        #expect(JSONText.string(text).description == written)
        #expect(text.contains("\u{0}") || JSONText.string(text).stringValue == text)
    }
}
