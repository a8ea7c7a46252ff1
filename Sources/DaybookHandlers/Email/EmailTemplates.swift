import Daybook
import Mustache

/// The templates of one handler, ready to be filled in.
struct EmailTemplates: Sendable {
    private let subject: MustacheTemplate
    private let text: MustacheTemplate
    private let html: MustacheTemplate?
    private let defaultSubject: MustacheTemplate

    /// A mail's subject is one line that people read at a glance; more would be cut by what shows it.
    private static let subjectCharacters = 250

    /// Parses the templates that the settings give as texts, and those of files when these are to be read.
    ///
    /// - Throws: ``InvalidSetting``, with the place in the template.
    init(_ settings: EmailSettings, readingFiles: Bool) throws(InvalidSetting) {
        func template(_ source: TemplateSource?, _ setting: String, _ own: String, _ type: String)
            throws(InvalidSetting)
            -> MustacheTemplate
        {
            var content = own
            switch source {
            case .text(let text): content = text
            case .file(let path):
                guard readingFiles else { break }
                do {
                    content = try SettingFile.read(path)
                } catch {
                    throw settings.invalid(setting, error.description)
                }
            case nil: break
            }
            do {
                return try Self.parse(content, contentType: type)
            } catch {
                throw settings.invalid(setting, error.description)
            }
        }
        EscapedHTML.register()
        subject = try template(settings.subjectTemplate, "subjectTemplate", Self.ownSubject, "TEXT")
        text = try template(settings.textTemplate, "textTemplate", Self.ownText, "TEXT")
        defaultSubject = try template(nil, "subjectTemplate", Self.ownSubject, "TEXT")
        let hasHTML = settings.sendsHTML && (settings.htmlTemplate != nil || settings.textTemplate == nil)
        html =
            hasHTML
            ? try template(settings.htmlTemplate, "htmlTemplate", Self.ownHTML, EscapedHTML.name) : nil
    }

    /// Fills the templates in.
    func render(_ variables: EmailVariables) -> (subject: String, text: String, html: String?) {
        var subject = Self.subject(self.subject.render(variables.in(.text)))
        // A template that was written for one event may have nothing to say of several.
        if subject.isEmpty { subject = Self.subject(defaultSubject.render(variables.in(.text))) }
        return (subject, text.render(variables.in(.text)), html?.render(variables.in(.html)))
    }

    private static func subject(_ text: String) -> String {
        let words = text.split { $0.isWhitespace || $0.isNewline }
        let line = words.joined(separator: " ")
        return line.count <= subjectCharacters ? line : line.prefix(subjectCharacters - 1) + "…"
    }

    private struct Unparsable: Error, CustomStringConvertible {
        var description: String
    }

    /// Parses a template, with what is said before its first line: how what is filled in is escaped. It stands on a line
    /// of its own, which leaves nothing behind.
    private static func parse(_ text: String, contentType: String) throws(Unparsable) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(contentType)}}\n" + text)
        } catch let error as MustacheTemplate.ParserError {
            let place = error.context
            throw Unparsable(
                description: "line \(place.lineNumber - 1), column \(place.columnNumber): \(reason(error.error)): "
                    + "\(place.line)")
        } catch {
            throw Unparsable(description: "\(error)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? MustacheTemplate.Error {
        case .sectionCloseNameIncorrect: "a section is closed that is not the open one"
        case .unfinishedName: "a tag is not closed"
        case .expectedSectionEnd: "a section is not closed"
        case .invalidSetDelimiter: "the delimiters cannot be set so"
        default: "\(error)"
        }
    }
}
