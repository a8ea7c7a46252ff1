/// Documents made to cost much: each is to be answered quickly, whatever the answer is. For ``librarySchema(limits:)``.
public func hostileDocuments() -> [(name: String, text: String)] {
    func many(_ count: Int, _ separator: String = " ", _ part: (Int) -> String) -> String {
        (0..<count).map(part).joined(separator: separator)
    }
    func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
    var documents: [(String, String)] = [
        ("fields in fields", repeated("{person", 50_000)),
        ("fields in fields, closed", repeated("{person", 6_000) + repeated("}", 6_000)),
        ("as deep as allowed", repeated("{person", 99) + "{id}" + repeated("}", 99)),
        ("inline fragments", repeated("{...", 25_000)),
        ("inline fragments as deep as allowed", repeated("{... on Query", 99) + "{__typename}" + repeated("}", 99)),
        ("lists", "{echo(any:" + repeated("[", 90_000)),
        ("lists as deep as allowed", "{echo(any:" + repeated("[", 98) + repeated("]", 98) + ")}"),
        ("objects", "{echo(any:" + repeated("{a:", 30_000)),
        ("list types", "query($a:" + repeated("[", 90_000)),
        ("non-null marks", "query($a:Int" + repeated("!", 90_000)),
        ("one long name", "{" + repeated("a", 99_000) + "}"),
        ("one long string", #"{echo(id:""# + repeated("a", 99_000) + #"")}"#),
        ("a block string of many lines", #"{echo(id:""""# + repeated("\n  ", 30_000) + #"a""")}"#),
        ("a long comment", "#" + repeated("a", 99_000)),
        ("commas", repeated(",", 99_000)),
        ("one field over and over", "{" + repeated("__typename ", 4_900) + "}"),
        ("aliases", "{" + many(1_600) { "a\($0):__typename" } + "}"),
        ("one field with many values", "{" + many(700) { "sum(a:\($0) b:1)" } + "}"),
        ("fields that differ below", "{" + many(1_000) { "person{a\($0):id}" } + "}"),
        ("fields that clash below", "{" + many(1_200) { $0 == 1_199 ? "person{id:name}" : "person{id}" } + "}"),
        ("unknown fields", "{" + many(4_900) { "f\($0)" } + "}"),
        ("many operations", many(700) { "query Q\($0){a:__typename}" }),
        ("operations that share fragments", many(400) { "query A\($0){...F0}" } + chain(300)),
        (
            "operations and variables",
            many(150) { "query A\($0)($a:ID!){...F0}" }
                + many(100) { "fragment F\($0) on Query{node(id:$a){id}...F\($0 + 1)}" }
        ),
        ("a chain of fragments", "{...F0}" + chain(600)),
        ("a ring of fragments", "{...F0}" + many(600) { "fragment F\($0) on Query{...F\(($0 + 1) % 600)}" }),
        (
            "fragments that all spread each other",
            many(65) { a in "fragment F\(a) on Query{" + many(33) { "...F\($0)" } + "}" }
        ),
        (
            "fragments that double",
            "{...F0}" + many(250) { "fragment F\($0) on Person{a:friends{...F\($0 + 1)}b:friends{...F\($0 + 1)}}" }
        ),
        (
            "fragments that double and clash",
            "{person{...F0 ...F1}}"
                + many(200) { "fragment F\($0) on Person{friends{...F\($0 + 1)}friends{...F\($0 + 2)}}" }
                + "fragment F200 on Person{id}fragment F201 on Person{id:name}"
        ),
        (
            "overlaps through chains",
            "{person{...F0}person{...G0}}" + many(200) { "fragment F\($0) on Person{friends{...F\($0 + 1)}}" }
                + many(200) { "fragment G\($0) on Person{friends{...G\($0 + 1)}}" }
        ),
        (
            "overlaps like a machine that guesses",
            "{person{...A0}}"
                + many(160) {
                    "fragment A\($0) on Person{a:friends{...A\($0 + 1)...B\($0 + 1)}b:friends{...A\($0 + 1)}}"
                }
                + many(160) { "fragment B\($0) on Person{a:friends{...B\($0 + 1)}b:friends{...B\($0 + 1)}}" }
        ),
        (
            "many fragments side by side",
            "{" + many(600) { "...F\($0)" } + "}" + many(600) { "fragment F\($0) on Query{__typename}" }
        ),
        ("spreads of one fragment", "{" + repeated("...F ", 2_400) + "}fragment F on Query{__typename}"),
        ("directives", "{person" + repeated("@skip(if:true)", 700) + "{id}}"),
        ("directives that are not known", "{person" + repeated("@x", 2_400) + "{id}}"),
        ("variables", "query(" + many(1_200) { "$v\($0):Int" } + "){__typename}"),
        ("one variable over and over", "query(" + repeated("$v:Int", 1_200) + "){__typename}"),
        ("arguments", "{sum(" + repeated("a:1 ", 1_600) + ")}"),
        ("fields of an input object", "{shelf(filter:{" + repeated("limit:1 ", 1_600) + "}){filter}}"),
        ("introspection", "{__schema{types{" + repeated("fields{type{", 20) + "name" + repeated("}}", 20) + "}}}"),
        ("introspection, less deep", "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}"),
        ("type definitions", repeated("type A{a:Int}", 700)),
        ("unicode", "{" + repeated("\u{1F600}", 20_000) + "}"),
    ]
    documents.append(("nothing", ""))
    return documents.map { (name: $0.0, text: $0.1) }

    func chain(_ count: Int) -> String {
        many(count) { "fragment F\($0) on Query{" + ($0 + 1 == count ? "__typename" : "...F\($0 + 1)") + "}" }
    }
}
