import Daybook
import Mustache

/// The text of a message.
struct SMSTemplate: Sendable {
    static let own = "{{#isError}}ERROR {{/isError}}{{#isWarning}}WARNING {{/isWarning}}{{createdAt}} {{summary}}"
    /// What Twilio takes, counted in UTF-16 as it does.
    static let limit = 1600

    private let template: MustacheTemplate

    /// Parses a template that the settings give as a text, or one of a file when these are to be read.
    ///
    /// - Throws: ``InvalidSetting`` for `template`, with the place in it.
    init(_ settings: SMSSettings, readingFiles: Bool) throws(InvalidSetting) {
        var text = Self.own
        switch settings.template {
        case .text(let given): text = given
        case .file(let path) where readingFiles:
            do {
                text = try SettingFile.read(path)
            } catch {
                throw settings.invalid("template", error.description)
            }
        case .file, nil: break
        }
        do {
            // Nothing is escaped.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text)
        } catch let error as MustacheTemplate.ParserError {
            let place = error.context
            throw settings.invalid(
                "template", "line \(place.lineNumber - 1), column \(place.columnNumber): \(error.error): \(place.line)")
        } catch {
            throw settings.invalid("template", "\(error)")
        }
    }

    /// The text for an event, cut to what Twilio takes.
    func render(_ delivery: Delivery, _ fields: @escaping DatasetFields) -> String {
        let text = template.render(EventVariables(delivery, .text, fields))
        let trimmed = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        return Self.cut(String(trimmed))
    }

    static func cut(_ text: String) -> String {
        guard text.utf16.count > limit else { return text }
        var end = text.startIndex
        var length = 1
        while end < text.endIndex {
            length += text[end].utf16.count
            guard length <= limit else { break }
            end = text.index(after: end)
        }
        return text[..<end] + "…"
    }
}
