/// What a server says when it listens: where, and what to try next.
enum Greeting {
    static func text(_ configuration: ServerConfiguration, _ started: ServerRun.Started, program: String) -> String {
        let host = configuration.isLoopbackOnly ? configuration.host : "127.0.0.1"
        let url = "\(configuration.scheme)://\(host.contains(":") ? "[\(host)]" : host):\(started.port)"
        let obstacle = started.obstacle.map { "\n\nIt cannot work yet, and goes on trying: \($0)" } ?? ""
        return """
            Daybook \(Version.text) listens on \(url), its events are in \(configuration.log.redacted).\(obstacle)

            Try in another terminal:

              curl \(url)/readyz
              curl \(url)/api/events --json '{"topic": "demo.hello", "description": "Hello"}'
              curl '\(url)/api/events?topic=demo.*'
              \(program) list --server \(url)
              scripts/git-events . | \(program) publish --server \(url) -

            Ctrl-C ends it.

            """
    }
}
