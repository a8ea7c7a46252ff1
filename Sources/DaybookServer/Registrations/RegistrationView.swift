import Daybook
import LosslessJSON

/// A registration with what this server knows of its work.
struct RegistrationView: Sendable {
    var registration: Registration
    /// Nil when it was not asked for.
    var lag: [Registrations.PartitionLag]?
    var retries: Int
    var deadLetters: Int
    /// Of this server's member, since it took up its work; nil when it has none.
    var member: DeliveryStatistics?
    /// Why this server does not work for it, when it should.
    var failure: String?

    /// - Throws: ``LogError``, when lag is asked for.
    static func all(
        _ registrations: [Registration], withLag: Bool, in all: Registrations, _ service: RegistrationService
    ) async throws -> [RegistrationView] {
        let lags = withLag ? try await all.lags(of: registrations) : [:]
        let statistics = await service.host?.statistics() ?? [:]
        return registrations.map { registration in
            RegistrationView(
                registration: registration, lag: withLag ? lags[registration.name] ?? [] : nil,
                retries: all.retries.count(of: registration.id),
                deadLetters: all.deadLetters.count(of: registration.id), member: statistics[registration.name],
                failure: registration.ownerFailure ?? service.failure(of: registration.name))
        }
    }

    /// - Parameter isDetailed: with the lag of each partition.
    func write(to json: inout JSONWriter, isDetailed: Bool) {
        registration.writeMembers(to: &json)
        if let lag {
            json.key("lag")
            Self.write(lag, to: &json, isDetailed: isDetailed)
        }
        json.key("retries")
        json.int(retries)
        json.key("deadLetters")
        json.int(deadLetters)
        json.key("member")
        if let member { Self.write(member, to: &json) } else { json.null() }
        json.key("failure")
        if let failure { json.string(failure) } else { json.null() }
    }

    private static func write(_ lag: [Registrations.PartitionLag], to json: inout JSONWriter, isDetailed: Bool) {
        let now = Timestamp.now
        json.beginObject()
        json.key("records")
        json.int(lag.reduce(0) { $0 + $1.records })
        json.key("seconds")
        json.double(lag.map { $0.seconds(at: now) }.max() ?? 0)
        if isDetailed {
            json.key("partitions")
            json.beginArray()
            for one in lag { write(one, at: now, to: &json) }
            json.endArray()
        }
        json.endObject()
    }

    private static func write(_ lag: Registrations.PartitionLag, at now: Timestamp, to json: inout JSONWriter) {
        json.beginObject()
        json.key("stream")
        json.string(lag.partition.stream)
        json.key("partition")
        json.int(lag.partition.partition)
        json.key("position")
        json.int(lag.position)
        json.key("end")
        json.int(lag.end)
        json.key("records")
        json.int(lag.records)
        json.key("seconds")
        json.double(lag.seconds(at: now))
        json.key("oldest")
        if let oldest = lag.oldest { json.string(oldest.description) } else { json.null() }
        json.endObject()
    }

    private static func write(_ statistics: DeliveryStatistics, to json: inout JSONWriter) {
        json.beginObject()
        for (name, count) in statistics.counts {
            json.key(escaping: name)
            json.int(count)
        }
        json.key("unavailable")
        if let reason = statistics.unavailable { json.string(reason) } else { json.null() }
        json.endObject()
    }
}

extension Registration {
    /// Why nothing is delivered to it although it is running; nil when that is not its owner's fault.
    fileprivate var ownerFailure: String? {
        guard standing == .gone, let ownerKey else { return nil }
        return
            "its owner, the API key \(ownerKey), was revoked or has expired: nothing is delivered until there is a key"
            + " of that name again"
    }
}

extension Registrations.PartitionLag {
    /// For how long the oldest record that is not settled lies there; 0 when all are.
    func seconds(at now: Timestamp) -> Double {
        oldest.map { max(0, $0.duration(to: now) / .seconds(1)) } ?? 0
    }
}

extension DeliveryStatistics {
    /// The counts by their JSON names.
    fileprivate var counts: [(String, Int)] {
        [
            ("read", read), ("matched", matched), ("delivered", delivered), ("failed", failed), ("parked", parked),
            ("deadLettered", deadLettered), ("timedOut", timedOut),
        ]
    }
}
