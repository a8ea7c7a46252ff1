import GraphQL
import GraphQLTesting
import Testing

/// One document, and where its errors are as graphql-core 3.2.14 finds them, in order: `line:column`.
struct Verdict: Sendable, CustomTestStringConvertible {
    var document: String
    var places: String

    init(_ document: String, _ places: String = "") {
        self.document = document
        self.places = places
    }

    var testDescription: String { document }
}

struct ValidationTests {
    private func check(_ verdict: Verdict) throws {
        let errors = try librarySchema().validate(verdict.document)
        let places = errors.map { error in error.locations.first.map { "\($0.line):\($0.column)" } ?? "nowhere" }
        #expect(places.joined(separator: " ") == verdict.places, "\(errors)")
    }

    @Test(
        arguments: [
            Verdict("{ person { id } }"),
            Verdict("query Q { person { ...F } } fragment F on Person { id }"),
            Verdict(#"{ __typename __schema { queryType { name } } __type(name: "Book") { kind } }"#),
            Verdict(
                #"""
                query A { person { id } } query B { person { id } } mutation C { add(book: {title: "", kind: \#
                NOVEL, range: {from: 1}}) { id } }
                """#),
            Verdict("subscription { added { id } }"),
            Verdict("subscription S { ...F } fragment F on Subscription { added { id } added { title } }"),
            Verdict(
                #"""
                query Q($id: ID!, $kinds: [Kind!] = [NOVEL], $f: Filter) { node(id: $id) { id } search(text: "", \#
                kinds: $kinds) { __typename } shelf(filter: $f) { filter } }
                """#),
            Verdict("{ person { id id ... on Named { id } name other: name(upper: true) } }"),
            Verdict(#"{ nodes(ids: [1, "a"]) { ... on Book { size } ... on Person { bookSize: id } } }"#),
            Verdict("{ works { ... on Book { size: pages } ... on Magazine { size: issue } } }"),
            Verdict(
                #"""
                query Q($b: Boolean!) { person @skip(if: $b) @include(if: true) @note(text: "a") @note(text: \#
                "b") { id } }
                """#),
            Verdict(
                #"{ echo(any: {a: [1, null, X, "s", 1.5]}, matrix: [[1], 2, null], ratio: 1, id: 12, texts: "one") }"#),
            Verdict("query Q($i: Int!) { echo(matrix: [[$i]], range: {from: $i, to: $i}) }"),
            Verdict("query Q($b: Boolean = true) { echo(flag: $b) }"),
            Verdict("query Q($b: Boolean) { echo(flag: $b) }"),
        ] as [Verdict])
    func `accepts what is sound`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person { id } } type A { a: Int }", "1:19"),
            Verdict("scalar S query Q { nothing }", "1:1 1:20"),
            Verdict("extend type Book { x: Int }", "1:1"),
        ] as [Verdict])
    func `finds definitions that cannot be executed`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("query A { person { id } } query A { person { id } }", "1:7"),
            Verdict("{ person { id } } query A { person { id } }", "1:1"),
            Verdict("{ person { id } } { person { id } }", "1:1 1:19"),
            Verdict(#"query A { person { id } } mutation A { rename(id: 1, name: "") { id } }"#, "1:7"),
        ] as [Verdict])
    func `finds names of operations`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("subscription S { added { id } renamed { id } }", "1:31"),
            Verdict("subscription { ...F } fragment F on Subscription { added { id } renamed { id } }", "1:65"),
            Verdict("subscription { __typename }", "1:16"),
            Verdict("subscription { a: added { id } b: added { id } c: renamed { id } }", "1:32"),
            Verdict("subscription { added { id } ... @include(if: false) { renamed { id } } }"),
        ] as [Verdict])
    func `finds roots of subscriptions`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ node(id: 1) { ... on Nothing { id } } }", "1:24"),
            Verdict("query Q($a: Nothing) { echo(any: $a) }", "1:13"),
            Verdict("query Q($a: [Nothing!]!) { echo(any: $a) } fragment F on None { id }", "1:14 1:58 1:44"),
        ] as [Verdict])
    func `finds types that do not exist`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ node(id: 1) { ... on Kind { id } } }", "1:24"),
            Verdict("{ ...F } fragment F on Int { id }", "1:24"),
            Verdict("{ person { ... on Filter { text } } }", "1:19"),
        ] as [Verdict])
    func `finds fragments on types without fields`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("query Q($a: Book) { echo(any: $a) }", "1:13 1:9"),
            Verdict("query Q($a: [Found!]!) { echo(any: $a) }", "1:13 1:9"),
        ] as [Verdict])
    func `finds variables of types that are no input`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person { id { x } } }", "1:15"),
            Verdict("{ person }", "1:3"),
            Verdict("{ person { books } }", "1:12"),
            Verdict("{ shelf { anything { a } } }", "1:20"),
            Verdict("{ echo { __typename } }", "1:8"),
        ] as [Verdict])
    func `finds selections of leaves and others`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ nothing }", "1:3"),
            Verdict("{ person { nothing } }", "1:12"),
            Verdict("{ node(id: 1) { name } }", "1:17"),
            Verdict("{ works { title } }", "1:11"),
            Verdict("{ person { __schema { description } } }", "1:12"),
            Verdict("{ node(id: 1) { ... on Book { name } } }", "1:31"),
            Verdict("mutation { person { id } }", "1:12"),
        ] as [Verdict])
    func `finds fields that do not exist`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }", "1:19")
        ] as [Verdict])
    func `finds names of fragments`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ ...F }", "1:6"),
            Verdict("{ person { ...F ... on Person { ...G } } }", "1:15 1:36"),
        ] as [Verdict])
    func `finds fragments that do not exist`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person { id } } fragment F on Person { id }", "1:19"),
            Verdict(
                """
                { ...A } fragment A on Query { ...B } fragment B on Query { __typename } fragment C on Query { \
                ...D } fragment D on Query { __typename }
                """, "1:74 1:103"),
        ] as [Verdict])
    func `finds fragments that are not used`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person { ... on Book { id } } }", "1:12"),
            Verdict("{ works { ...F } } fragment F on Person { id }", "1:11"),
            Verdict("{ works { ... on Named { id } } }", "1:11"),
            Verdict("{ person { ...F } } fragment F on Found { ... on Book { id } }"),
            Verdict("{ node(id: 1) { ... on Shelf { filter } } }", "1:17"),
        ] as [Verdict])
    func `finds spreads that are not possible`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ ...F } fragment F on Query { ...F }", "1:32"),
            Verdict("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "1:32"),
            Verdict(
                """
                { ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...B \
                ...A }
                """, "1:61 1:32"),
            Verdict(
                """
                { person { ...A } } fragment A on Person { friends { ...B } } fragment B on Person { friends { \
                ...A } id }
                """, "1:54"),
        ] as [Verdict])
    func `finds cycles of fragments`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("query Q($a: Int, $a: Int) { sum(a: 1, b: 1) echo(old: $a) }", "1:10"),
            Verdict(
                """
                query Q($a: Int, $b: Int, $a: Int, $b: Int, $a: String) { echo(old: $a, any: $b) }
                """, "1:10 1:19 1:45 1:36"),
        ] as [Verdict])
    func `finds names of variables`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ echo(any: $a) }", "1:13"),
            Verdict("query Q($a: Int) { echo(any: {x: [$a, $b]}) }", "1:39"),
            Verdict(
                """
                query Q { ...F } fragment F on Query { ...G echo(any: $a) } fragment G on Query { other: \
                echo(any: $b) @note(text: $c) }
                """, "1:55 1:100 1:116"),
            Verdict("query A($a: Int) { ...F } query B { ...F } fragment F on Query { echo(any: $a) }", "1:9 1:76"),
        ] as [Verdict])
    func `finds variables that are not defined`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("query Q($a: Int) { person { id } }", "1:9"),
            Verdict("query Q($a: Int, $b: Int, $c: Int) { echo(any: $b) }", "1:9 1:27 1:18"),
            Verdict(
                """
                query A($a: Int) { ...F } query B($a: Int) { __typename } fragment F on Query { echo(any: $a) }
                """, "1:9 1:35"),
        ] as [Verdict])
    func `finds variables that are not used`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person @nothing { id } }", "1:10"),
            Verdict("query @skip(if: true) { person { id } }", "1:7"),
            Verdict("{ ...F @once } fragment F on Query @once { __typename }", "1:8 1:36"),
            Verdict(#"query Q($a: Int @note(text: "") @skip(if: true)) { echo(any: $a) }"#, "1:33 1:9"),
            Verdict(#"mutation M @once { rename(id: 1, name: "") @deprecated { id } }"#, "1:12 1:44"),
            Verdict("subscription @once { added { id } }", "1:14"),
            Verdict("{ ... @once { __typename } }", "1:7"),
        ] as [Verdict])
    func `finds directives that do not exist, or not there`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person @once @once { id } }", "1:10"),
            Verdict("{ person @skip(if: true) @include(if: true) @skip(if: false) { id } }", "1:10"),
            Verdict("{ ... @include(if: true) @include(if: true) { __typename } }", "1:7"),
        ] as [Verdict])
    func `finds directives that are there twice`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person(a: 1) { id } }", "1:10"),
            Verdict("{ echo(nothing: 1, flag: true) }", "1:8"),
            Verdict("{ person @once(a: 1) { id } }", "1:16"),
            Verdict(#"{ person @note(text: "", txt: "") { id } }"#, "1:26"),
            Verdict("{ __typename(a: 1) }", "1:14"),
        ] as [Verdict])
    func `finds arguments that do not exist`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ sum(a: 1, a: 2, b: 1) }", "1:7"),
            Verdict(#"{ person @note(text: "", text: "") { id } }"#, "1:16"),
            Verdict("{ sum(a: 1, a: 2, b: 1, b: 2, a: 3) }", "1:7 1:19"),
        ] as [Verdict])
    func `finds arguments that are given twice`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict(#"{ sum(a: "1", b: 1) }"#, "1:10"),
            Verdict("{ sum(a: 1.0, b: 2147483648) }", "1:10 1:18"),
            Verdict("{ sum(a: null, b: [1]) }", "1:10 1:19"),
            Verdict("{ echo(flag: 1) }", "1:14"),
            Verdict("{ echo(flag: null) }", "1:14"),
            Verdict(#"{ echo(ratio: "1") }"#, "1:15"),
            Verdict("{ echo(id: 1.5) }", "1:12"),
            Verdict("{ echo(id: true) }", "1:12"),
            Verdict(#"{ echo(kind: "NOVEL") }"#, "1:14"),
            Verdict("{ echo(kind: HORROR) }", "1:14"),
            Verdict(#"{ echo(texts: ["a", null]) }"#, "1:21"),
            Verdict(#"{ echo(texts: ["a", 1, B]) }"#, "1:21 1:24"),
            Verdict(#"{ echo(matrix: [["a"], 1, [[1]]]) }"#, "1:18 1:28"),
            Verdict("{ echo(range: 1) }", "1:15"),
            Verdict("{ echo(range: [1]) }", "1:15"),
            Verdict(#"{ echo(range: {from: "1"}) }"#, "1:22"),
            Verdict("{ search(text: 1) { __typename } }", "1:16"),
            Verdict(
                #"""
                query Q($a: Int = "1", $b: Kind = NONE, $c: [Int!] = [null]) { echo(any: [$a, $b, $c]) }
                """#, "1:19 1:35 1:55 1:9 1:24 1:41"),
            Verdict("{ person @note(text: 1, level: true) { id } }", "1:22 1:32"),
            Verdict("{ echo(any: {a: 1, a: 2}) }", "1:14"),
        ] as [Verdict])
    func `finds values of the wrong type`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ echo(range: {}) }", "1:15"),
            Verdict("{ echo(range: {to: 1}) }", "1:15"),
            Verdict("{ echo(range: {from: 1, nothing: 1}) }", "1:25"),
            Verdict("{ echo(range: {from: 1, from: 2}) }", "1:16"),
            Verdict("{ shelf(filter: {not: {either: [{pages: {}}], x: 1}}) { filter } }", "1:41 1:47"),
            Verdict("{ shelf(filter: {limit: null}) { filter } }", "1:25"),
            Verdict("mutation { add(book: {range: {from: 1}}) { id } }", "1:22 1:22"),
        ] as [Verdict])
    func `finds fields of input objects`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ sum }", "1:3 1:3"),
            Verdict("{ sum(a: 1) }", "1:3"),
            Verdict("{ person @note { id } }", "1:10"),
            Verdict("{ person @skip { id } }", "1:10"),
            Verdict("{ node { id } echo }", "1:3"),
            Verdict("{ __type { name } }", "1:3"),
        ] as [Verdict])
    func `finds arguments that are required`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("query Q($a: Int) { sum(a: $a, b: 1) }", "1:9"),
            Verdict("query Q($a: String) { echo(id: $a) }", "1:9"),
            Verdict("query Q($a: Int = 1) { sum(a: $a, b: 1) }"),
            Verdict("query Q($a: Int = null) { sum(a: $a, b: 1) }", "1:9"),
            Verdict("query Q($a: [ID]!) { nodes(ids: $a) { id } }", "1:9"),
            Verdict("query Q($a: ID!) { nodes(ids: $a) { id } }", "1:9"),
            Verdict("query Q($a: ID) { nodes(ids: [$a]) { id } }", "1:9"),
            Verdict("query Q($a: Int) { echo(range: {from: $a}) }", "1:9"),
            Verdict("query Q($a: Boolean) { person @skip(if: $a) { id } }", "1:9"),
            Verdict("query Q($a: Int!) { ...F } fragment F on Query { echo(flag: $a) }", "1:9"),
            Verdict("query Q($a: [Int]) { echo(matrix: $a) }", "1:9"),
            Verdict("query Q($a: Int) { shelf(filter: {limit: $a}) { filter } }"),
            Verdict(#"query Q($a: Kind) { search(text: "", kinds: [$a]) { __typename } }"#, "1:9"),
        ] as [Verdict])
    func `finds variables where they are not allowed`(verdict: Verdict) throws { try check(verdict) }

    @Test(
        arguments: [
            Verdict("{ person { a: id a: name } }", "1:12"),
            Verdict("{ person { name name(upper: true) } }", "1:12"),
            Verdict("{ person { name(upper: true) name(upper: false) name(upper: true) } }", "1:12 1:30"),
            Verdict("{ nodes(ids: []) { ... on Book { size } ... on Person { size } } }", "1:34"),
            Verdict("{ nodes(ids: []) { ... on Book { x: pages } ... on Person { x: id } } }", "1:34"),
            Verdict("{ nodes(ids: []) { ... on Book { x: id } ... on Person { x: name } } }", "1:34"),
            Verdict("{ person { ...A ...B } } fragment A on Person { x: id } fragment B on Person { x: name }", "1:49"),
            Verdict("{ person { x: id ...A } } fragment A on Person { ...B } fragment B on Person { x: name }", "1:12"),
            Verdict("{ person { friends { x: id } friends { x: name } } }", "1:12"),
            Verdict(
                """
                { person { friends { x: id ...A } friends { ...B } } } fragment A on Person { y: id } fragment B \
                on Person { y: name x: id }
                """, "1:12"),
            Verdict(
                "{ nodes(ids: []) { ... on Book { x: author { id } } ... on Person { x: friends { id } } } }", "1:34"),
            Verdict(
                """
                { nodes(ids: []) { ... on Book { a: author { x: id } } ... on Person { a: friends { x: id } } } \
                }
                """, "1:34"),
            Verdict(
                "{ nodes(ids: []) { ... on Book { a: author { x: name } } ... on Magazine { a: title } } }", "1:34"),
            Verdict("{ nodes(ids: []) { ... on Book { title } ... on Magazine { title } } }", "1:34"),
            Verdict("{ person { books { x: author { y: id } } } person { books { x: author { y: name } } } }", "1:3"),
            Verdict("{ shelf(sort: [TITLE]) { filter } shelf(sort: TITLE) { filter } }", "1:3"),
            Verdict(
                "{ echo(range: {from: 1, to: 2}) echo(range: {to: 2, from: 1}) echo(any: 1, id: 2, old: 3) }",
                "1:3 1:33"),
        ] as [Verdict])
    func `finds fields that cannot be merged`(verdict: Verdict) throws { try check(verdict) }

}
