import LosslessJSON
import Testing

struct JSONMembersTests {
    @Test func `keeps the order, the text of values and repeated names`() throws {
        let text = #" { "b" : 1.50 , "a\u0062\n" : { "x" : [ 1 , "  " ] } , "b" : null, "" : "" } "#
        let members = try JSONMembers(text.utf8)
        #expect(members.map(\.key) == ["b", "ab\n", "b", ""])
        #expect(members.map(\.value.description) == ["1.50", #"{"x":[1,"  "]}"#, "null", #""""#])
        #expect(members["b"]?.isNull == true, "the last of two wins")
        #expect(members[""]?.stringValue == "")
        #expect(members["c"] == nil)
        #expect(try JSONText(text).members?.map(\.key) == members.map(\.key))
    }

    @Test func `takes empty ones`() throws {
        #expect(try JSONMembers(" { } ".utf8).isEmpty)
        #expect(try JSONElements("[ ]".utf8).isEmpty)
    }

    @Test(arguments: [
        ("[]", "line 1, column 1: expected '{', found '['"), ("1", "line 1, column 1: expected '{', found '1'"),
        ("", "line 1, column 1: expected '{', found the end of the text"),
        ("{\"a\":1", "line 1, column 7: expected ',' or '}', found the end of the text"),
        ("{\"a\":{\"b\":[1,2}}", "line 1, column 15: expected ',' or ']', found '}'"),
        ("{\"a\":1,}", "line 1, column 8: expected '\"', found '}'"),
        ("{,}", "line 1, column 2: expected '\"' or '}', found ','"),
        ("{\"a\":1}x", "line 1, column 8: something follows behind the end of the JSON document"),
        ("{\"\\ud800\":1}", "line 1, column 3: half of a surrogate pair in a string"),
    ])
    func `checks objects to the last byte`(text: String, message: String) {
        let refused = #expect(throws: JSONError.self) { try JSONMembers(text.utf8) }
        #expect(refused?.description == message)
    }

    @Test(arguments: ["{}", "[1", "[1,]", "[,]", "[1]]", "[{]"])
    func `checks arrays to the last byte`(text: String) {
        #expect(throws: JSONError.self) { try JSONElements(text.utf8) }
    }

    @Test func `gives elements`() throws {
        let elements = try JSONElements(" [ 1 , [ 2 , 3 ] , { \"a\" : 4 } ] ".utf8)
        #expect(elements.map(\.description) == ["1", "[2,3]", "{\"a\":4}"])
        #expect(try JSONText("[true]").elements?.first?.boolValue == true)
        #expect(try JSONText("{}").elements == nil)
        #expect(try JSONText("[]").members == nil)
    }

    @Test func `counts the outer level`() throws {
        #expect(try JSONMembers("{\"a\":[]}".utf8, limits: JSONLimits(maximumDepth: 2)).count == 1)
        #expect(throws: JSONError.self) { try JSONMembers("{\"a\":[]}".utf8, limits: JSONLimits(maximumDepth: 1)) }
        #expect(throws: JSONError.self) { try JSONElements("[[]]".utf8, limits: JSONLimits(maximumDepth: 1)) }
    }
}
