import Daybook
import LosslessJSON
import NIOHTTP1

/// Looks at a running server from outside.
enum ServerExamination {
    static func findings(_ client: DaybookClient) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let live = try await client.send(.GET, "/livez")
            findings.append(.ok("server", "\(client.name) answers"))
            if let date = live.headers.first(name: "date"), let time = HTTPDate.parse(date) {
                findings.append(MachineExamination.clock(against: time, of: client.name, isNow: true))
            }
        } catch {
            return [.failed("server", CommandFailure(error).message)]
        }
        do {
            let ready = try await client.send(.GET, "/readyz", accepting: [503])
            for check in try client.object(ready)["checks"]?.elements.map(Array.init) ?? [] {
                let members = check.members
                let name = members?["name"]?.stringValue ?? "?"
                let detail = members?["detail"]?.stringValue
                findings.append(
                    members?["status"]?.stringValue == "ok"
                        ? .ok(name, detail ?? "in order")
                        : .failed(name, (detail ?? "not in order") + ": the server's own log says more"))
            }
        } catch {
            findings.append(.failed("ready", CommandFailure(error).message))
        }
        return findings
    }
}

/// Dates as HTTP has them: `Sat, 21 Nov 2026 03:00:44 GMT`.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
