import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "API keys: who may do what.",
        discussion: """
            While there is no key, everybody who reaches a server may do everything. With the first one, every request \
            needs a key: make that one for yourself.
              export DAYBOOK_API_KEY=$(daybook keys create --role admin --name me | tail -n 1)
              daybook keys create --role service --name worker
              daybook keys create --role manager --name ci --scope 'publish topics=build.*' --expires 90d
              daybook keys revoke ci
            """,
        subcommands: [CreateKey.self, ListKeys.self, RevokeKeys.self])
}
