import LosslessJSON
import Testing

struct JSONTextTests {
    @Test(arguments: [
        // as written → as kept
        ("{}", "{}"), ("[]", "[]"), (" { } ", "{}"), ("[ ]\n", "[]"), ("\"\"", "\"\""), ("0", "0"), ("-0", "-0"),
        ("true", "true"), (" false", "false"), ("null\t", "null"),
        ("1.50", "1.50"), ("1E400", "1E400"), ("-1.0e-2", "-1.0e-2"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
        ("[1 , 2,\r\n\t3 ]", "[1,2,3]"), ("{ \"b\" : 1 , \"a\" : [ { } ] }", "{\"b\":1,\"a\":[{}]}"),
        ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"),
        (#""a b \" c \\ d""#, #""a b \" c \\ d""#), (#"[ "\\" , "\\\" " ]"#, #"["\\","\\\" "]"#),
        (#""\u0041\n\/\ud83d\ude00""#, #""\u0041\n\/\ud83d\ude00""#),
        (
            "\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\"",
            "\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\""
        ),
        ("\"žluťoučký kůň, 日本語, 👩‍👩‍👧\"", "\"žluťoučký kůň, 日本語, 👩‍👩‍👧\""),
        ("[[[[[[1],2],3],[]],{}],\"]\"]", "[[[[[[1],2],3],[]],{}],\"]\"]"),
    ])
    func `takes what is valid, and drops only white space`(written: String, kept: String) throws {
        #expect(try JSONText(written).description == kept)
        #expect(try JSONText(Array(written.utf8)).description == kept)
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end of the text"),
        (" \n ", "line 2, column 2: expected a value, found the end of the text"),
        ("{", "line 1, column 2: expected '\"' or '}', found the end of the text"),
        ("[", "line 1, column 2: expected a value, found the end of the text"),
        ("]", "line 1, column 1: expected a value, found ']'"),
        ("[1", "line 1, column 3: expected ',' or ']', found the end of the text"),
        ("[1,]", "line 1, column 4: expected a value, found ']'"),
        ("[,1]", "line 1, column 2: expected a value, found ','"),
        ("[1 2]", "line 1, column 4: expected ',' or ']', found '2'"),
        ("[1}", "line 1, column 3: expected ',' or ']', found '}'"),
        ("{\"a\":1]", "line 1, column 7: expected ',' or '}', found ']'"),
        ("{\"a\":1,}", "line 1, column 8: expected '\"', found '}'"),
        ("{\"a\"}", "line 1, column 5: expected ':', found '}'"),
        ("{\"a\":}", "line 1, column 6: expected a value, found '}'"),
        ("{a:1}", "line 1, column 2: expected '\"' or '}', found 'a'"),
        ("{1:1}", "line 1, column 2: expected '\"' or '}', found '1'"),
        ("{'a':1}", "line 1, column 2: expected '\"' or '}', found '''"),
        ("{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: expected ',' or '}', found '\"'"),
        ("{} {}", "line 1, column 4: something follows behind the end of the JSON document"),
        ("1,", "line 1, column 2: something follows behind the end of the JSON document"),
        ("\u{feff}{}", "line 1, column 1: JSON must not begin with a byte order mark"),
        ("NaN", "line 1, column 1: expected a value, found 'N'"),
        ("-Infinity", "line 1, column 1: invalid number"), ("-", "line 1, column 1: invalid number"),
        ("01", "line 1, column 1: invalid number"), ("-01", "line 1, column 1: invalid number"),
        ("1.", "line 1, column 1: invalid number"), ("1.e1", "line 1, column 1: invalid number"),
        ("1e", "line 1, column 1: invalid number"), ("1e+", "line 1, column 1: invalid number"),
        ("0x1F", "line 1, column 1: invalid number"), ("1a", "line 1, column 1: invalid number"),
        (".5", "line 1, column 1: expected a value, found '.'"),
        ("+1", "line 1, column 1: expected a value, found '+'"),
        ("tru", "line 1, column 1: expected a value, found 't'"),
        ("True", "line 1, column 1: expected a value, found 'T'"),
        ("nul", "line 1, column 1: expected a value, found 'n'"),
        ("truex", "line 1, column 5: something follows behind the end of the JSON document"),
        ("// no\n1", "line 1, column 1: expected a value, found '/'"),
        ("\"abc", "line 1, column 1: the string is not closed"),
        ("\"abc\\", "line 1, column 5: the string is not closed"),
        ("\"a\tb\"", "line 1, column 3: control character 0x09 in a string (write it as an escape)"),
        ("\"0123456\u{1f}\"", "line 1, column 9: control character 0x1F in a string (write it as an escape)"),
        ("[\"a\nb\"]", "line 1, column 4: control character 0x0A in a string (write it as an escape)"),
        ("\"a\u{0}b\"", "line 1, column 3: U+0000 is not allowed in a string"),
        (#""\u0000""#, "line 1, column 2: U+0000 is not allowed in a string"),
        (#""\x41""#, "line 1, column 2: invalid escape in a string"),
        (#""\u12g4""#, "line 1, column 2: invalid escape in a string"),
        (#""\u12"#, "line 1, column 2: invalid escape in a string"),
        (#""\U0041""#, "line 1, column 2: invalid escape in a string"),
        (#""\ud800""#, "line 1, column 2: half of a surrogate pair in a string"),
        (#""\udc00""#, "line 1, column 2: half of a surrogate pair in a string"),
        (#""\ud800\u0041""#, "line 1, column 2: half of a surrogate pair in a string"),
        (#""\ud800\ud800""#, "line 1, column 2: half of a surrogate pair in a string"),
        ("\u{0}", "line 1, column 1: expected a value, found byte 0x00"),
    ])
    func `refuses what is not valid, and says where`(text: String, message: String) {
        #expect(refusal(Array(text.utf8)) == message)
    }

    @Test(
        arguments: [
            [0xC0, 0xAF], [0xC1, 0x81], [0x80], [0xBF], [0xFF], [0xFE], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xE2, 0x82, 0x28], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x28],
            [0xF0, 0x28, 0x98, 0x80],
        ] as [[UInt8]])
    func `refuses invalid UTF-8`(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(refusal([quote] + bytes + [quote]) == "line 1, column 2: invalid UTF-8")
        // Behind a run that is checked eight bytes at a time.
        #expect(refusal([quote] + Array("12345678".utf8) + bytes + [quote]) == "line 1, column 10: invalid UTF-8")
        #expect(refusal([quote] + bytes)?.hasPrefix("line 1, column 2: invalid UTF-8") == true)
    }

    @Test func `refuses every truncation of a document`() {
        let text = Array(#"{"a":[1,{"b":"\u00e9ž\ud83d\ude00"},true,null,-1.5e3],"c":{}}"#.utf8)
        #expect(refusal(text) == nil)
        for length in 0..<text.count {
            #expect(refusal(Array(text.prefix(length))) != nil, "\(length) bytes")
        }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":[", " [ "])
    func `refuses a hundred thousand levels without exhausting the stack`(opening: String) {
        let text = Array(String(repeating: opening, count: 100_000).utf8)
        #expect(refusal(text)?.hasSuffix("nested deeper than 128 levels") == true)
        // The scanner itself has no such limit: with all of them allowed it comes to the end.
        let unlimited = JSONLimits(maximumDepth: .max)
        #expect(throws: JSONError.self) { try JSONText(text, limits: unlimited) }
    }

    @Test func `closes what was opened, over any number of levels`() throws {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1_000] {
            var text = ""
            var closing = ""
            for level in 0..<depth {
                text += level % 3 == 0 ? "{\"k\":" : "["
                closing = (level % 3 == 0 ? "}" : "]") + closing
            }
            let whole = Array((text + "1" + closing).utf8)
            #expect(try JSONText(whole, limits: JSONLimits(maximumDepth: depth)).bytes == whole)
            #expect(throws: JSONError.self) { try JSONText(whole, limits: JSONLimits(maximumDepth: depth - 1)) }
            let wrong = Array((text + "1" + String(closing.dropLast()) + ")").utf8)
            #expect(throws: JSONError.self) { try JSONText(wrong, limits: JSONLimits(maximumDepth: depth)) }
        }
    }

    @Test func `keeps to the limit of bytes`() throws {
        #expect(try JSONText("[1,2]", limits: JSONLimits(maximumBytes: 5)).description == "[1,2]")
        #expect(refusal(Array("[1,2] ".utf8), JSONLimits(maximumBytes: 5)) == "line 1, column 1: longer than 5 bytes")
    }

    @Test func `reads from bytes that do not lie together`() throws {
        let text = "{\"a\": [1, 2]}".utf8
        #expect(try JSONText(text.lazy.map { $0 }).description == "{\"a\":[1,2]}")
    }

    @Test func `knows an empty object`() throws {
        #expect(try JSONText(" { } ") == .emptyObject)
        #expect(JSONText.emptyObject.isEmptyObject && JSONText.emptyObject.isObject)
        #expect(try !JSONText("{\"a\":1}").isEmptyObject)
        #expect(try !JSONText("[]").isObject)
        #expect(JSONText(literal: "{\"a\": 1}")?.description == "{\"a\":1}")
        #expect(JSONText(literal: "{a: 1}") == nil)
    }

    private func refusal(_ text: [UInt8], _ limits: JSONLimits = .standard) -> String? {
        do {
            _ = try JSONText(text, limits: limits)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
