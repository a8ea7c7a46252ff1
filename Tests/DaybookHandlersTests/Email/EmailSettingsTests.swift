import Daybook
import DaybookHandlers
import Mail
import Testing

/// What is wrong is found before the first event, and is named.
@Suite struct EmailSettingsTests {
    private let settings = EmailSettings(name: "mail", server: "h", from: "a@b.example", to: ["c@d.example"])

    private func refusal(_ change: (inout EmailSettings) -> Void) -> InvalidSetting? {
        var settings = settings
        change(&settings)
        do {
            _ = try settings.makeHandler()
            return nil
        } catch {
            return error as? InvalidSetting
        }
    }

    @Test func goodSettingsAreTaken() {
        #expect(refusal { _ in } == nil)
    }

    @Test func eachSettingIsNamed() {
        let refused = [
            "server": refusal { $0.server = "no host" },
            "port": refusal { $0.port = 0 },
            "clientName": refusal { $0.clientName = "a\r\nb" },
            "timeout": refusal { $0.timeout = .zero },
            "connectTimeout": refusal { $0.connectTimeout = .seconds(-1) },
            "from": refusal { $0.from = "nobody" },
            "to": refusal { $0.to = ["c@d.example", "a@b.c\r\nBcc: x@y.z"] },
            "cc": refusal { $0.cc = ["@"] },
            "bcc": refusal { $0.bcc = ["@"] },
            "user": refusal { $0.password = .environment("X") },
            "password": refusal { $0.user = "u" },
            "security": refusal {
                $0.security = .none
                $0.user = "u"
                $0.password = .environment("X")
            },
            "digest.count": refusal { $0.digest = EmailDigest(count: 1) },
            "digest.time": refusal { $0.digest = EmailDigest(time: .seconds(-1)) },
            "subjectTemplate": refusal { $0.subjectTemplate = "{{#a}}" },
            "textTemplate": refusal { $0.textTemplate = "x\n{{#a}}{{/b}}" },
            "htmlTemplate": refusal { $0.htmlTemplate = "{{a" },
        ]
        for (setting, refusal) in refused { #expect(refusal?.setting == "handlers.mail.\(setting)") }
        #expect(refusal { $0.to = [] }?.description == "handlers.mail.to: is missing")
    }

    @Test func aTemplateThatDoesNotParseIsShown() {
        let reason = refusal { $0.textTemplate = "one\n{{#open}} two" }?.reason
        #expect(reason?.contains("line 2") == true)
        #expect(reason?.contains("a section is not closed") == true)
    }

    @Test func filesAreReadWhenItIsMadeReady() async throws {
        let directory = try ScratchDirectory()
        func refusal(_ change: (inout EmailSettings) -> Void) async -> InvalidSetting? {
            var settings = settings
            change(&settings)
            do {
                try await settings.makeHandler().prepare()
                return nil
            } catch {
                return error as? InvalidSetting
            }
        }
        let broken = try directory.write("broken", "{{/x}}")
        #expect(await refusal { $0.htmlTemplate = .file(broken) }?.setting == "handlers.mail.htmlTemplate")
        let missing = await refusal { $0.textTemplate = .file(directory.path + "/missing") }
        #expect(missing?.setting == "handlers.mail.textTemplate")
        #expect(missing?.reason.contains("/missing") == true)
        let secret = await refusal {
            $0.user = "u"
            $0.password = .environment("DAYBOOK_TEST_NO_SUCH_VARIABLE")
        }
        #expect(secret?.setting == "handlers.mail.password")
        #expect(secret?.reason.contains("DAYBOOK_TEST_NO_SUCH_VARIABLE") == true)
    }

    @Test func aDigestWaitsOutsideOfTheHandler() throws {
        var settings = settings
        #expect(try settings.makeHandler().batchSize == 1)
        #expect(try settings.makeHandler().linger == .zero)
        settings.digest = EmailDigest(count: 50, time: .seconds(60))
        #expect(try settings.makeHandler().batchSize == 50)
        #expect(try settings.makeHandler().linger == .seconds(60))
    }
}
