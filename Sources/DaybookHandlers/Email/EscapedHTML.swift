import Daybook
import Mustache

/// HTML, escaped byte by byte. The library's own looks at characters, and leaves a quotation mark alone that a combining
/// mark follows.
struct EscapedHTML: MustacheContentType {
    static let name = "EscapedHTML"

    func escapeText(_ text: String) -> String { EventText.escapeHTML(text) }

    /// Makes it known to templates, under ``name``.
    static func register() { registered }

    private static let registered: Void = MustacheContentTypes.register(EscapedHTML(), named: name)
}
