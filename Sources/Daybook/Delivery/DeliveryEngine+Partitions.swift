import Logging

/// The partitions that a member is given, and those that go to another one.
extension DeliveryEngine {
    func begin(_ assigned: Set<StreamPartition>) async throws {
        // What its former holder put aside is known before anything of it is delivered.
        var backoff = Backoff()
        while true {
            do {
                try await retries.caughtUp(with: assigned, of: registration.id)
                break
            } catch let error as LogError where error.isRetriable {
                logger.warning(
                    "the retries cannot be read or written for now; trying again", metadata: ["error": "\(error)"])
                try await backoff.wait()
            }
        }
        for partition in assigned where partitions[partition] == nil {
            lastAssignment += 1
            partitions[partition] = PartitionProgress(assignment: lastAssignment)
            for (offset, entry) in retries.entries(of: registration.id, in: partition) {
                // In the order of offsets: the last one counts.
                settledLanes[partition, default: [:]][entry.lane] = offset
                park(ParkedLane.Waiting(position: Position(partition, offset), entry: entry))
            }
        }
        tell("partitions are delivered here", assigned)
    }

    private func tell(_ what: Logger.Message, _ names: Set<StreamPartition>) {
        logger.debug(what, metadata: ["partitions": "\(names.sorted())"])
    }

    /// Whether a delivery is this member's: it holds the partition, and has since the delivery came.
    func holds(_ item: DeliveryItem) -> Bool {
        partitions[item.position.partition]?.assignment == item.assignment
    }

    /// Whether a delivery may begin here: it is this member's, and not on its way to another one.
    func delivers(_ item: DeliveryItem) -> Bool {
        holds(item) && !leaving.contains(item.position.partition)
    }

    func give(back revoked: Set<StreamPartition>) async {
        leaving = revoked
        for partition in revoked { queue.removeAll(of: partition) }
        await withdraw(revoked, for: options.revokeTimeout)
        await commit(revoked)
        for partition in revoked {
            partitions[partition] = nil
            queue.removeAll(of: partition)
            settledLanes[partition] = nil
        }
        parkedLanes = parkedLanes.filter { !revoked.contains($0.value.partition) }
        leaving = []
        tell("partitions were given back", revoked)
    }

    /// Has the handler give up deliveries of these partitions, all for nil. What is under way may end within the limit.
    func withdraw(_ names: Set<StreamPartition>?, for limit: Duration) async {
        await handler.withdraw(names)
        await waitUntilSettled(names, for: limit)
        guard isBusy(with: names) else { return }
        // Nobody is to be told that a delivery is settled which somebody else has by then.
        for attempt in attempts.values where attempt.concerns(names) { workers[attempt.worker]?.cancel() }
        await waitUntilSettled(names, for: options.cancelTimeout)
    }

    /// Whether a call is under way with deliveries of these partitions, or something of them is being written.
    func isBusy(with names: Set<StreamPartition>?) -> Bool {
        attempts.values.contains { $0.concerns(names) }
            || writes.contains { names?.contains($0.position.partition) ?? true } || isWriting
    }

    /// Waits until no call is under way with deliveries of these partitions, and nothing of them is being written.
    func waitUntilSettled(_ names: Set<StreamPartition>?, for limit: Duration) async {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while isBusy(with: names), ContinuousClock.now < deadline {
            let timer = setTimer(in: ContinuousClock.now.duration(to: deadline)) { engine in
                for waiter in engine.settleWaiters { waiter.resume() }
                engine.settleWaiters = []
            }
            await withCheckedContinuation { settleWaiters.append($0) }
            cancelTimer(timer)
        }
    }
}
