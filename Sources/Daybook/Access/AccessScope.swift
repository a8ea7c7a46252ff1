/// Permissions on the events of some topics in some projects.
///
/// As text: `read,replay topics=entity.*,log.* projects=demo_*,-`. The permissions come first; without `topics` or
/// `projects` there is no such limit. In patterns `*` stands for any run of characters; the project `-` is having none.
public struct AccessScope: Hashable, Sendable {
    public var permissions: Set<Permission>
    /// One of them has to match; nil is all.
    public var topics: [TopicPattern]?
    /// Nil is all, and having none.
    public var projects: ProjectSelection?

    public init(_ permissions: Set<Permission>, topics: [TopicPattern]? = nil, projects: ProjectSelection? = nil) {
        self.permissions = permissions
        self.topics = topics
        self.projects = projects
    }

    /// Which events it is about; nil is all.
    var filter: Filter? {
        guard let topics, !topics.contains(where: { $0.text == "*" }) else { return projectFilter }
        return .both(.matching(.topic, topics.map(\.text)), projectFilter)
    }

    /// The same, without a look at topics.
    var projectFilter: Filter? {
        guard let projects else { return nil }
        var choices: [Filter] = []
        if !projects.patterns.isEmpty { choices.append(.matching(.project, projects.patterns.map(\.text))) }
        if projects.includesNoProject { choices.append(.hasNone(.project)) }
        return Filter(.or, choices)
    }

    func matches(topic: String) -> Bool { topics?.contains { $0.matches(topic) } ?? true }
}

// MARK: - Text

extension AccessScope: CustomStringConvertible {
    /// Read again it is the same scope.
    public var description: String {
        var parts = [permissions.sorted().map(\.rawValue).joined(separator: ",")]
        if let topics { parts.append("topics=" + topics.map(\.text).joined(separator: ",")) }
        if let projects { parts.append("projects=\(projects)") }
        return parts.joined(separator: " ")
    }
}

extension AccessScope {
    /// How many patterns one may have.
    private static let maximumPatterns = 64
    /// Bytes of a pattern of projects.
    private static let maximumProject = 256

    /// Reads the text form.
    ///
    /// - Throws: ``InvalidScope`` with the place of what is wrong.
    public init(_ text: String) throws(InvalidScope) {
        var words = Self.split(text[...], isSeparator: \.isWhitespace).filter { !$0.isEmpty }[...]
        func failure(_ place: Substring, _ message: String) -> InvalidScope {
            InvalidScope(column: text.distance(from: text.startIndex, to: place.startIndex) + 1, message)
        }
        guard let first = words.popFirst() else {
            throw failure(text[...], "a scope begins with permissions: \(Self.allPermissions)")
        }
        permissions = []
        for word in Self.split(first, isSeparator: { $0 == "," }) {
            guard let permission = Permission(rawValue: String(word)) else {
                throw failure(word, "'\(word)' is no permission; there are \(Self.allPermissions)")
            }
            permissions.insert(permission)
        }
        for word in words {
            guard let sign = word.firstIndex(of: "=") else {
                throw failure(word, "'\(word)' is neither topics=… nor projects=…; permissions are joined by commas")
            }
            let name = word[..<sign]
            let values = Self.split(word[word.index(after: sign)...], isSeparator: { $0 == "," })
            if values.count > Self.maximumPatterns {
                throw failure(word, "\(name) has \(Self.maximumPatterns) patterns at most")
            }
            switch name {
            case "topics" where topics == nil:
                var patterns: [TopicPattern] = []
                for value in values {
                    guard let pattern = TopicPattern(String(value)) else {
                        throw failure(
                            value,
                            "'\(value)' is no topic pattern: 1 to 256 letters, digits, '_', '-', '.' and '*'")
                    }
                    patterns.append(pattern)
                }
                topics = patterns
            case "projects" where projects == nil:
                var selection = ProjectSelection(patterns: [])
                for value in values {
                    guard (1...Self.maximumProject).contains(value.utf8.count) else {
                        throw failure(
                            value, "a project pattern has 1 to \(Self.maximumProject) bytes; '-' is having no project")
                    }
                    if value == ProjectSelection.noProject {
                        selection.includesNoProject = true
                    } else {
                        selection.patterns.append(WildcardPattern(String(value)))
                    }
                }
                projects = selection
            case "topics", "projects": throw failure(word, "\(name) may be given only once")
            default: throw failure(word, "there is no '\(name)' in a scope; there are topics and projects")
            }
        }
    }

    private static var allPermissions: String { Permission.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func split(_ text: Substring, isSeparator: (Character) -> Bool) -> [Substring] {
        text.split(omittingEmptySubsequences: false, whereSeparator: isSeparator)
    }
}
