import Daybook
import GraphQL

extension EventSchema {
    /// Registrations with how far they are.
    static func addRegistrations(_ types: inout GraphQLTypes<QueryContext>) {
        types.object("Registration", of: RegistrationView.self, description: "A named claim on events.") { fields in
            fields.field("name", "String!") { $0.registration.name }
            fields.field("id", "String!") { $0.registration.id.description }
            fields.field("filter", "String", description: "Null is everything.") { $0.registration.filter?.description }
            fields.field("on", "[String!]!", description: "Of created, changed and deleted.") { view in
                RecordOperation.allCases.filter(view.registration.on.contains).map(\.rawValue)
            }
            fields.field("signals", "Boolean!") { $0.registration.signals }
            fields.field("delivery", "String!") { $0.registration.delivery.rawValue }
            fields.field("state", "String!", description: "running or paused.") {
                $0.registration.isPaused ? "paused" : "running"
            }
            fields.field("reason", "String", description: "Why it paused by itself.") { view -> String? in
                guard case .paused(let reason) = view.registration.state else { return nil }
                return reason
            }
            fields.field("owner", "String") { $0.registration.owner }
            fields.field("ownerKey", "String", description: "The API key that it was made with.") {
                $0.registration.ownerKey
            }
            fields.field("lag", "RegistrationLag!") { GraphQLValue.object(RegistrationLag(partitions: $0.lag ?? [])) }
            fields.field("retries", "Int!", description: "Deliveries that are to be tried again.") { $0.retries }
            fields.field("deadLetters", "Int!", description: "Deliveries that were given up.") { $0.deadLetters }
            fields.field("failure", "String", description: "Why this server does not work for it, when it should.") {
                $0.failure
            }
        }
        types.object("RegistrationLag", of: RegistrationLag.self) { fields in
            fields.field("records", "Long!", description: "Records of the log that are not settled.") {
                Int($0.partitions.reduce(0) { $0 + $1.records })
            }
            fields.field("seconds", "Float!", description: "For how long the oldest of them lies there.") { lag in
                lag.partitions.map { $0.seconds(at: lag.time) }.max() ?? 0
            }
            fields.field("partitions", "[PartitionLag!]!", cost: GraphQLCost(size: { _ in 10 })) { lag in
                GraphQLValue.list(lag.partitions.map { .object(TimedLag(lag: $0, time: lag.time)) })
            }
        }
        types.object("PartitionLag", of: TimedLag.self) { fields in
            fields.field("stream", "String!") { $0.lag.partition.stream }
            fields.field("partition", "Int!") { Int($0.lag.partition.partition) }
            fields.field("position", "Long!") { Int($0.lag.position) }
            fields.field("end", "Long!") { Int($0.lag.end) }
            fields.field("records", "Long!") { Int($0.lag.records) }
            fields.field("seconds", "Float!") { $0.lag.seconds(at: $0.time) }
            fields.field("oldest", "String", description: "The log time of its first record that is not settled.") {
                $0.lag.oldest?.description
            }
        }
    }

    /// How far a registration is behind, now.
    struct RegistrationLag: Sendable {
        var partitions: [Registrations.PartitionLag]
        var time = Timestamp.now
    }

    struct TimedLag: Sendable {
        var lag: Registrations.PartitionLag
        var time: Timestamp
    }
}

extension QueryContext {
    /// - Parameter names: nil for all; those that there are not are left out.
    func registrations(named names: [String]?, withLag: Bool) async throws -> GraphQLValue {
        let all = try registrations.registrations()
        let wanted = names.map(Set.init)
        let service = registrations.service
        let views = try await registrations.read {
            try await RegistrationView.all(
                all.all.filter { (wanted?.contains($0.name) ?? true) && reader.access.mayManage($0) }, withLag: withLag,
                in: all, service)
        }
        return .list(views.map { .object($0) })
    }
}
