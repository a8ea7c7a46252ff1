import ArgumentParser
import LosslessJSON

struct RegistrationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registrations",
        abstract: "Named claims on events, and how far they are.",
        discussion: """
            A registration has a filter and a position in every partition, and gives each event that matches to a \
            webhook, a handler of a server, a client that pulls, or a service of your own.
              daybook registrations create alerts --filter 'severity = error' --delivery handler --handler mail
              daybook registrations create work --filter 'topic = render.*' --delivery pull --start earliest
              daybook registrations show work
              daybook registrations reset work --to 2026-11-01T00:00:00Z --dry-run
            """,
        subcommands: [
            CreateRegistration.self, ListRegistrations.self, ShowRegistration.self, ChangeRegistration.self,
            PauseRegistration.self, ResumeRegistration.self, ResetRegistration.self, ReplayRegistration.self,
            ListDeliveries.self, DeleteRegistration.self,
        ])
}
