import ArgumentParser
import LosslessJSON

/// Which dead letters a command moves.
struct LetterSelection: ParsableArguments {
    private static let step = 500

    @Argument(help: "The registration's name.")
    var name: String
    @Option(help: ArgumentHelp("Only of these events.", valueName: "filter"))
    var filter: String?
    @Option(help: "How many at most.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    /// Moves them step by step, each once: what fails again meanwhile is left alone.
    func move(_ kind: DaybookClient.LetterMove, _ client: DaybookClient) async throws -> Int {
        let count = try await client.registration(name).members?["deadLetters"]?.int64Value.map { Int($0) }
        var progress = ProgressLine(total: filter == nil ? count.map { min($0, limit ?? $0) } : nil)
        var moved = 0
        var after: String?
        do {
            repeat {
                let part = try await client.move(
                    kind, of: name, filter: filter, after: after, limit: min(Self.step, (limit ?? .max) - moved))
                moved += part.moved
                after = part.next
                progress.show(done: moved, items: moved, "dead letters")
            } while after != nil && moved < limit ?? .max
        } catch {
            progress.clear()
            var failure = CommandFailure(error)
            if moved > 0 { failure.message += " (\(moved) were moved before that)" }
            throw failure
        }
        progress.clear()
        return moved
    }

    func tell(_ moved: Int, _ what: String, _ output: OutputOptions) {
        Console.write(output.json ? "{\"moved\":\(moved)}\n" : "\(moved) dead letters \(what)\n")
    }
}
