import ArgumentParser

@main
struct DaybookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook",
        abstract: "A distributed event log: publish what happens, ask what happened.",
        discussion: """
            Start with a server, which keeps its events in ./daybook-data, and look around in another terminal:

              daybook serve
              daybook publish --topic demo.hello --description 'Hello'
              daybook list
              daybook tail

            Commands talk to the server at http://127.0.0.1:8080 unless --server or DAYBOOK_SERVER names another one. \
            With --log they work straight on a log that no server has open. Where keys are needed, DAYBOOK_API_KEY or \
            --api-key-file gives one.

            Exit codes: 0 done, 1 failed, 3 no such event or nothing to do, 4 refused, 5 server or log not available now, 64 wrong usage.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Events", subcommands: [Publish.self, Get.self, List.self, Update.self, Delete.self]),
            CommandGroup(name: "Jobs", subcommands: [Enroll.self, Jobs.self]),
            CommandGroup(name: "Registrations", subcommands: [RegistrationsCommand.self, DeadLettersCommand.self]),
            CommandGroup(name: "The log", subcommands: [History.self, Tail.self, ReplayCommand.self, Topics.self]),
            CommandGroup(
                name: "The server",
                subcommands: [
                    Serve.self, KeysCommand.self, Config.self, Doctor.self, DumpIndex.self,
                ]),
        ])
}

enum Version {
    static let text = "0.1.0"
}
