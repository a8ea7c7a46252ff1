import GraphQL
import LosslessJSON

/// A small world to ask of: books, magazines and people. The context of ``librarySchema(limits:)``.
public struct Library: Sendable {
    public struct Book: Sendable {
        public var id: String
        public var title: String
        public var pages: Int?
        public var author: String
        public var kind: String
    }

    public struct Person: Sendable {
        public var id: String
        public var name: String?
    }

    public struct Magazine: Sendable {
        public var id: String
        public var issue: Int
    }

    public var books: [Book]
    public var people: [Person]
    public var magazines: [Magazine]

    public static let sample = Library(
        books: [
            Book(id: "b1", title: "Notes from Underground", pages: 136, author: "p1", kind: "NOVEL"),
            Book(id: "b2", title: "Demons", pages: nil, author: "p1", kind: "NOVEL"),
            Book(id: "b3", title: "Poems \"and\" songs", pages: 80, author: "p2", kind: "POETRY"),
        ],
        people: [Person(id: "p1", name: "Fyodor"), Person(id: "p2", name: nil)],
        magazines: [Magazine(id: "m1", issue: 7)])

    func node(_ id: String) -> GraphQLValue {
        if let book = books.first(where: { $0.id == id }) { return .object(book, type: "Book") }
        if let person = people.first(where: { $0.id == id }) { return .object(person, type: "Person") }
        if let magazine = magazines.first(where: { $0.id == id }) { return .object(magazine, type: "Magazine") }
        return .null
    }

    func person(_ id: String) -> Person? { people.first { $0.id == id } }
}

/// What a resolver of the library throws.
public struct LibraryError: Error {}
