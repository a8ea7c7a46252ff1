import ArgumentParser
import LosslessJSON

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Deliveries that registrations have given up.",
        discussion: """
              daybook dead-letters list work
              daybook dead-letters redrive work --filter 'project = demo' --limit 1000
            """,
        subcommands: [ListDeadLetters.self, ShowDeadLetter.self, RedriveDeadLetters.self, DropDeadLetters.self])
}
