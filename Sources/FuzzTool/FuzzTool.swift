import ArgumentParser
import Foundation

/// Gives the decoders of what anybody may send more inputs than anybody will: see `scripts/fuzz`.
@main struct FuzzTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FuzzTool",
        abstract: "Seeded inputs for the decoders, sound and broken, and what has to hold of each.")

    enum Name: String, CaseIterable, ExpressibleByArgument {
        case json, filter, graphql, websocket, cloudevents
    }

    @Argument(help: "Which decoders; all of them when none is named.") var names: [Name] = []
    @Option(help: "How many inputs for each.") var count = 20_000
    @Option(help: "The same seed makes the same inputs.") var seed: UInt64 = 1
    @Option(help: "The number of the first input.") var first = 0

    func run() async throws {
        var isWell = true
        for name in names.isEmpty ? Name.allCases : names {
            let campaign = Campaign(name: name.rawValue, seed: seed, first: first, count: count)
            let held =
                switch name {
                case .json: await campaign.run(JSONTarget.self)
                case .filter: await campaign.run(FilterTarget.self)
                case .graphql: await campaign.run(GraphQLTarget.self)
                case .websocket: await campaign.run(FrameTarget.self)
                case .cloudevents: await campaign.run(CloudEventTarget.self)
                }
            fflush(nil)
            isWell = isWell && held
        }
        if !isWell { throw ExitCode(1) }
    }
}
