import Daybook
import DaybookIndex

/// What routes work with. The node is asked for each request, since its log may not be open yet.
struct ServerParts: Sendable {
    let node: DaybookNode
    let options: ServerOptions
    let limits: ServerLimits
    let bodies: BodyReader
    let search: LogSearch
    let decisionDeadlines: Deadlines<[Result<Verdict, LogError>]>
    private let writeDeadlines: Deadlines<[Result<Published, PublishError>]>

    init(node: DaybookNode, options: ServerOptions) {
        self.node = node
        self.options = options
        limits = ServerLimits(events: node.configuration.limits, batch: options.maximumBatchBytes)
        writeDeadlines = Deadlines(options.writeTimeout)
        decisionDeadlines = Deadlines(options.writeTimeout)
        search = LogSearch(timeout: options.readTimeout)
        bodies = BodyReader(budget: options.maximumBytesInWork)
    }

    /// - Throws: 503 while the log is not open.
    func open() throws(Problem) -> DaybookNode.Parts {
        do throws(NodeUnavailable) {
            return try node.parts()
        } catch {
            throw .unavailable(error)
        }
    }

    /// - Parameter access: of the request that is to be answered.
    func reader(_ access: RequestAccess) throws(Problem) -> EventReader {
        EventReader(parts: try open(), access: access, applyTimeout: options.applyTimeout)
    }

    /// - Parameter access: of the request that is to be answered.
    func writer(_ access: RequestAccess) throws(Problem) -> EventWriter {
        EventWriter(
            parts: try open(), access: access, deadlines: writeDeadlines, applyTimeout: options.applyTimeout)
    }
}
