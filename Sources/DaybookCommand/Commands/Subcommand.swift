import ArgumentParser
import Daybook

/// What all commands have in common: failures become one sentence on standard error and an exit code.
protocol Subcommand: AsyncParsableCommand {
    /// Does the work. Throws ``CommandFailure`` where it can say what to do.
    func execute() async throws
}

extension Subcommand {
    func run() async throws {
        do {
            try await execute()
        } catch let exit as ExitCode {
            throw exit
        } catch let error as ValidationError {
            throw error
        } catch {
            let failure = CommandFailure(error)
            Console.writeError("daybook: \(DisplayText.safe(failure.message))\n")
            throw ExitCode(failure.kind.rawValue)
        }
    }
}

extension CommandFailure {
    /// What any error means for the person at the command line.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case is CancellationError: self.init(.failure, "interrupted")
        case let error as LogError where error.isRetriable: self.init(.unavailable, "\(error)")
        case LogError.inUse(let what): self.init(.unavailable, what)
        case let error as LogError: self.init(.failure, "\(error)")
        case let conflict as LayoutConflict: self.init(.refused, "\(conflict)")
        default: self.init(.failure, "\(error)")
        }
    }
}
