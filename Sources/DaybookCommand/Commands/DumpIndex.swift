import ArgumentParser

struct DumpIndex: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the whole index in its canonical form.",
        discussion: """
            Two indexes that were made from the same records give the same text, byte for byte: that of a running \
            server, and one made from nothing.

              daybook dump-index > live.txt
              daybook dump-index --log sqlite:./daybook-data --rebuild > rebuilt.txt
            """)

    @Flag(help: "With --log: make the index from the records alone, without a snapshot.")
    var rebuild = false
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient(usingSnapshots: !rebuild) { client in
            try await client.stream("/api/index") { Console.write($0 + [UInt8(ascii: "\n")]) }
        }
    }
}
