import Logging

/// What a transformer writes.
extension TransformWorker {
    /// Writes what was made, in one transaction with the position behind it.
    func write(_ records: [NewRecord], position: Int64, of partition: StreamPartition) async throws {
        guard !records.isEmpty else {
            pending[partition] = position
            return
        }
        // Before, not behind: whatever becomes of the transaction, nothing may take the position back.
        pending[partition] = nil
        let member = member
        try await writer.transaction { transaction in
            _ = try await transaction.append(records)
            try await transaction.commit([partition: position], of: member)
        }
    }

    /// The records of events that were made of an event.
    ///
    /// - Throws: ``HandlerFailure/permanent(_:)`` when one of them cannot be written as it is; ``LogError``.
    func records(of events: [Event], from source: Event) async throws -> [NewRecord] {
        var records: [NewRecord] = []
        for var event in events {
            event.dependsOn = event.dependsOn ?? source.id
            event.traceparent = event.traceparent ?? source.traceparent
            guard event.hash == nil else {
                throw HandlerFailure.permanent(
                    "the event made of it has a hash, which is decided by itself: publish that one with a Publisher")
            }
            do throws(PublishError) {
                let record: NewRecord
                if let made = try event.record(
                    plan.publisher.limits, plan.registrations.catalog, actor: plan.publisher.actor)
                {
                    record = made
                } else {
                    record = try await plan.publisher.recordInNewStream(event, actor: plan.publisher.actor)
                }
                guard record.record.byteCount <= log.maximumRecordBytes else {
                    throw .log(.tooLarge(bytes: record.record.byteCount, maximum: log.maximumRecordBytes))
                }
                records.append(record)
            } catch {
                if case .log(let error) = error, error.isRetriable { throw error }
                throw HandlerFailure.permanent("the event made of it cannot be written: \(error)")
            }
        }
        return records
    }

    /// The dead letter of a delivery that is given up.
    func letter(_ item: Item, _ failure: Failure, _ reason: String) -> NewRecord {
        let partition = plan.registrations.deadLetters.partition(of: registration.id, item.position.partition)
        let parked = ParkedDelivery(
            registration: registration.id, position: item.position, logTime: item.stored.time,
            attempts: max(failure.attempts, 1), firstFailure: failure.first ?? .now, lastFailure: .now, notBefore: .now,
            error: reason, record: item.stored.record)
        return NewRecord(partition, parked.wireRecord)
    }

    /// Tells whoever wants to hear of it that a dead letter was written.
    func tell(of item: Item, attempts: Int, _ reason: String) {
        guard let news = plan.registrations.news else { return }
        var given = DeliveryItem(position: item.position, record: item.stored, entry: item.entry)
        given.attempts = max(attempts, 1)
        Task { [registration, given] in await news.deadLetter(given, of: registration, error: reason) }
    }

    // MARK: - Taken out of the dead letters

    /// Handles what somebody took out of the dead letters.
    func handleRedriven() async throws {
        for partition in held {
            for (offset, entry) in plan.registrations.retries.entries(of: registration.id, in: partition) {
                try await gate.withLock {
                    try await self.handleRedriven(Position(partition, offset), entry)
                }
            }
        }
    }

    private func handleRedriven(_ position: Position, _ entry: ParkedDeliveries.Entry) async throws {
        let partition = position.partition
        // Handled meanwhile, or given to another member.
        guard held.contains(partition),
            plan.registrations.retries.entry(of: registration.id, at: position) == entry,
            let stored = try await log.records(at: [entry.stored])[0], let parked = ParkedDelivery(stored.record),
            let record = try? RecordDecoder.decode(parked.record)
        else { return }
        let item = Item(
            position: position,
            stored: StoredRecord(offset: position.offset, time: parked.logTime, record: parked.record), entry: record)
        var made: [NewRecord]
        var failed: String?
        do {
            var transform = transforms[partition] ?? plan.make(partition)
            made = try await records(of: try await transform.transform(delivery(item)), from: record.event)
        } catch let error as LogError {
            throw error
        } catch {
            try Task.checkCancellation()
            failed = "\(error)"
            made = [letter(item, Failure(attempts: parked.attempts + 1), "\(error)")]
        }
        made.append(NewRecord(entry.stored.partition, ParkedDelivery.end(registration.id, position)))
        let group = registration.group(prefix: plan.registrations.catalog.layout.prefix)
        let committed = try await log.committedPositions(group: group, of: [partition])[partition]
        let (records, place, member) = (made, pending[partition] ?? committed, member)
        pending[partition] = nil
        try await writer.transaction { transaction in
            _ = try await transaction.append(records)
            // Where the member is anyway: so the transaction fails when its place is another's now.
            if let place { try await transaction.commit([partition: place], of: member) }
        }
        if let failed { tell(of: item, attempts: parked.attempts + 1, failed) }
        // The followers of the retries see the end a moment later.
        try await plan.registrations.retries.caughtUp()
    }
}

extension TransformWorker.Plan {
    /// Works until cancelled, through whatever happens to the log.
    func work(_ registration: Registration, _ streams: [String]) async {
        var backoff = Backoff()
        let failures = TransformWorker.Failures()
        let group = registration.group(prefix: registrations.catalog.layout.prefix)
        while !Task.isCancelled {
            var member: (any GroupMember)?
            var writer: (any TransactionalWriter)?
            do {
                try await registrations.log.createStreams([registrations.deadLetters.stream])
                try await registrations.prepareGroup(registration)
                let newWriter = try await registrations.log.transactionalWriter(
                    id: "\(registrations.catalog.layout.prefix)-transformer-\(registration.id)-\(EventID.generate())")
                writer = newWriter
                let joined = try await registrations.log.join(group: group, streams: streams, options: GroupOptions())
                member = joined
                let worker = TransformWorker(self, registration, joined, newWriter, failures)
                do {
                    try await worker.run()
                } catch {
                    // Cancelled or not, what is settled is committed.
                    await Task { try? await worker.flush() }.value
                    throw error
                }
            } catch is CancellationError {
            } catch let rest as TransformWorker.Rest {
                await end(member, writer)
                (member, writer) = (nil, nil)
                try? await Task.sleep(for: rest.pause)
            } catch LogError.closed {
                return
            } catch LogError.outOfRange(let position, let available) {
                let error = LogError.outOfRange(position: position, available: available)
                logger.error("a position is lost; the registration pauses", metadata: ["error": "\(error)"])
                _ = try? await registrations.pause(
                    registration.name, reason: "its \(error): reset it to where it shall go on")
                return await end(member, writer)
            } catch {
                logger.error("a member cannot work; trying again", metadata: ["error": "\(error)"])
                await end(member, writer)
                (member, writer) = (nil, nil)
                try? await backoff.wait()
            }
            await end(member, writer)
        }
    }

    private func end(_ member: (any GroupMember)?, _ writer: (any TransactionalWriter)?) async {
        // Also when it was cancelled.
        await Task {
            await member?.leave()
            await writer?.close()
        }.value
    }
}
