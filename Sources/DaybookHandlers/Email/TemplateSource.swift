/// A template, or the file that holds it.
public enum TemplateSource: Hashable, Sendable {
    case text(String)
    /// A path; at most 1 MiB of UTF-8.
    case file(String)
}

extension TemplateSource: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = .text(text) }
}
