import DequeModule
import Logging

/// How an engine commits the positions behind what is settled: one commit after the other.
extension DeliveryEngine {
    func commitRegularly() async throws {
        while true {
            try await Task.sleep(for: options.commitInterval)
            sweepAttempts()
            lookForStall()
            await commit(Set(partitions.keys))
        }
    }

    /// Commits what is settled of these partitions.
    func commit(_ names: Set<StreamPartition>) async {
        await takeCommitTurn()
        defer { endCommitTurn() }
        let positions = committable(names)
        guard !positions.isEmpty else { return }
        do {
            try await member.commit(positions)
            committed(positions)
        } catch let error as LogError where error == .fenced {
            // Another member has them; what it is told next says so.
        } catch {
            logger.debug("positions are not committed yet", metadata: ["error": "\(error)"])
        }
    }

    func committable(_ names: Set<StreamPartition>) -> [StreamPartition: Int64] {
        var positions: [StreamPartition: Int64] = [:]
        for name in names {
            guard let progress = partitions[name], let settled = progress.settled else { continue }
            if settled > progress.committed ?? -1 { positions[name] = settled }
        }
        return positions
    }

    func committed(_ positions: [StreamPartition: Int64]) {
        for (name, offset) in positions { partitions[name]?.committed = offset }
    }

    /// Waits until no positions are being committed. Two commits under way at once may become durable in either order,
    /// and the later one would take the earlier one's position back.
    func takeCommitTurn() async {
        if isCommitting {
            await withCheckedContinuation { commitWaiters.append($0) }
        } else {
            isCommitting = true
        }
    }

    func endCommitTurn() {
        if let next = commitWaiters.popFirst() { next.resume() } else { isCommitting = false }
    }
}
