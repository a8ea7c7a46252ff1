import LosslessJSON

/// A record of the log, as replays and histories give it.
struct RecordLine {
    private let members: JSONMembers?

    init(_ json: JSONText) {
        members = json.members
    }

    func text(_ name: String) -> String {
        members?[name]?.stringValue ?? members?[name]?.description ?? ""
    }

    /// What it says of the event besides whose it is: `status: failed  progress: 40`.
    var attributes: String {
        let identity: Set<String> = ["position", "time", "change", "actor", "id", "topic"]
        return (members.map(Array.init) ?? []).filter { !identity.contains($0.key) && !$0.value.isNull }
            .map { "\($0.key): \($0.value.stringValue ?? $0.value.description)" }.joined(separator: "  ")
    }
}
