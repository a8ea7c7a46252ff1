import Daybook
import DaybookIndex

/// Publishes what callers send and waits, within bounds, until the log has it and this server's index shows it.
struct EventWriter: Sendable {
    /// The outcomes of a batch, in order, and whether the index shows those that were stored.
    struct Outcome: Sendable {
        var results: [Result<Published, PublishError>]
        var isApplied: Bool

        /// Behind everything that was stored.
        var position: PositionVector {
            var vector = PositionVector()
            for case .success(let published) in results {
                let partition = published.position.partition
                vector[partition] = max(vector[partition] ?? 0, published.position.offset + 1)
            }
            return vector
        }
    }

    let parts: DaybookNode.Parts
    let access: RequestAccess
    /// How long the log may take to acknowledge.
    let deadlines: Deadlines<[Result<Published, PublishError>]>
    /// How long to wait for the index.
    let applyTimeout: Duration

    /// - Parameter actor: who writes, as it says itself; a name that is known counts instead.
    func write(
        _ writes: [PermittedWrite], actor: String?, holder: Holder? = nil, atomically: Bool = false
    ) async -> Outcome {
        let results = await publish(
            writes.map(\.write), actor: access.actor(orElse: actor), holder: holder, atomically: atomically)
        var outcome = Outcome(results: results.map { $0.mapError(hiding) }, isApplied: true)
        let position = outcome.position
        if !position.offsets.isEmpty {
            outcome.isApplied = await parts.projector.waitUntilApplied(position, timeout: applyTimeout)
        }
        return outcome
    }

    /// Which event has a hash is told only to who may read that event.
    private func hiding(_ error: PublishError) -> PublishError {
        guard case .duplicate(let id, _) = error, !access.caller.isUnlimited(.read) else { return error }
        let isReadable = parts.index.withEvent(id) { access.caller.may(.read, $0) } ?? false
        return isReadable ? error : .hashTaken
    }

    private func publish(
        _ writes: [EventWrite], actor: String?, holder: Holder?, atomically: Bool
    ) async -> [Result<Published, PublishError>] {
        let publisher = parts.publisher
        if let results = await deadlines.run({
            await publisher.write(writes, actor: actor, holder: holder, atomically: atomically)
        }) {
            return results
        }
        // Giving up the waiting says nothing about the write, which may be on its way.
        let unknown = PublishError.log(.outcomeUnknown("the log did not acknowledge it in time"))
        return writes.map { _ in .failure(unknown) }
    }
}
