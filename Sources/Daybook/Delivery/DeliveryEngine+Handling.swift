import Logging

/// The handler's calls.
extension DeliveryEngine {
    // MARK: - Workers

    func startWorker() {
        lastWorker += 1
        let number = lastWorker
        workers[number] = Task { [weak self] in await self?.work(number) }
    }

    func wakeWorkers() {
        guard !idle.isEmpty else { return }
        let woken = isStopping ? idle.count : min(idle.count, max(1, queue.count))
        for continuation in idle.prefix(woken) { continuation.resume() }
        idle.removeFirst(woken)
    }

    private func work(_ number: Int) async {
        while !isStopping, workers[number] != nil {
            guard let attempt = beginAttempt(number) else {
                await withCheckedContinuation { idle.append($0) }
                continue
            }
            let deliveries = attempts[attempt]?.items.map { $0.delivery(of: registration.name) } ?? []
            let failure = await call(deliveries)
            guard let ended = attempts.removeValue(forKey: attempt) else {
                // It had been left behind.
                abandoned -= 1
                return
            }
            // What a cancelled call says does not count, unless it returned.
            end(ended.items, Task.isCancelled && failure != nil ? .withdrawn : failure)
            wakeSettleWaiters()
            if Task.isCancelled {
                // A task stays so.
                if workers.removeValue(forKey: number) != nil, !isStopping { startWorker() }
                return
            }
        }
    }

    private nonisolated func call(_ deliveries: [Delivery]) async -> HandlerFailure? {
        do {
            try await handler.handle(deliveries)
            return nil
        } catch let failure as HandlerFailure {
            return failure
        } catch {
            return .retriable("\(error)")
        }
    }

    /// Takes what is to be handed over next; nil when there is nothing.
    private func beginAttempt(_ worker: Int) -> Int? {
        guard queue.hasReady, isStillCurrent(), !lingers(), breaker.admits() else { return nil }
        var items = queue.take(breaker.isOpen ? 1 : max(1, handler.batchSize))
        lingersSince = nil
        guard !items.isEmpty else {
            breaker.forgetProbe()
            return nil
        }
        let now = ContinuousClock.now
        for at in items.indices where items[at].since == nil { items[at].since = now }
        lastAttempt += 1
        attempts[lastAttempt] = Attempt(
            items: items, worker: worker,
            deadline: handler.boundsItself ? nil : now.advanced(by: registration.policy.attemptTimeout))
        return lastAttempt
    }

    private func isStillCurrent() -> Bool {
        if isCurrent() { return true }
        // It may become so again.
        setTimer(in: .milliseconds(200)) { $0.wakeWorkers() }
        return false
    }

    /// Whether a batch that is not full waits for more.
    private func lingers() -> Bool {
        guard handler.linger > .zero, queue.count < handler.batchSize, !breaker.isOpen else { return false }
        let now = ContinuousClock.now
        guard let since = lingersSince else {
            lingersSince = now
            setTimer(in: handler.linger) { $0.wakeWorkers() }
            return true
        }
        return now < since.advanced(by: handler.linger)
    }

    /// Gives up calls that take too long: they are cancelled. Their workers are left behind, and others take their place.
    func sweepAttempts() {
        let now = ContinuousClock.now
        for (number, attempt) in attempts where attempt.deadline.map({ $0 <= now }) ?? false {
            guard abandoned < options.maximumAbandoned else {
                logger.error("too many calls of the handler do not end", metadata: ["calls": "\(abandoned)"])
                return
            }
            attempts[number] = nil
            workers.removeValue(forKey: attempt.worker)?.cancel()
            abandoned += 1
            statistics.timedOut += 1
            end(attempt.items, .retriable("it was not handled within \(registration.policy.attemptTimeout)"))
            startWorker()
        }
    }

    // MARK: - Outcomes

    private func end(_ items: [DeliveryItem], _ failure: HandlerFailure?) {
        guard let failure else { return succeeded(items) }
        if failure != .withdrawn { statistics.failed += 1 }
        switch failure {
        case .withdrawn:
            breaker.forgetProbe()
            if isWithdrawing(items) { return putBack(items) }
            // Nobody withdrew it. A handler that says so each time is not to be asked without a pause.
            setTimer(in: registration.policy.delay(afterAttempts: 1)) { $0.putBack(items) }
        case .unavailable(let reason, let after):
            let pause = breaker.trip(reason, after: after)
            logger.warning("the handler's dependency is down", metadata: ["error": "\(reason)", "pause": "\(pause)"])
            putBack(items)
            setTimer(in: pause) { $0.wakeWorkers() }
        case .gone(let reason):
            putBack(items)
            stopForGood(reason)
        case .permanent, .retriable:
            if breaker.isOpen { breaker.close() }
            guard items.count == 1, var item = items.first else {
                // Which of them it was is found out one by one.
                return putBack(
                    items.map { item in
                        var item = item
                        item.isAlone = true
                        return item
                    })
            }
            item.attempts += 1
            if item.firstFailure == nil { item.firstFailure = options.now() }
            failed(item, failure)
        }
    }

    private func succeeded(_ items: [DeliveryItem]) {
        statistics.delivered += items.count
        if breaker.isOpen {
            breaker.close()
            logger.info("the handler's dependency is back")
        }
        for item in items {
            // Given to another member meanwhile.
            guard holds(item) else { continue }
            if item.isParked {
                enqueue(.end(item))
            } else {
                settle(item.position)
            }
        }
        free(items)
        wakeWorkers()
    }

    private func failed(_ item: DeliveryItem, _ failure: HandlerFailure) {
        guard holds(item) else { return free([item]) }
        let policy = registration.policy
        var isOver = item.attempts >= policy.maximumAttempts
        var least = Duration.zero
        if case .permanent = failure { isOver = true }
        if case .retriable(_, let after?) = failure { least = after }
        if isOver {
            enqueue(.give(item, error: failure.description))
            return free([item])
        }
        let pause = max(policy.delay(afterAttempts: item.attempts), least)
        let now = ContinuousClock.now
        if !item.isParked, now.advanced(by: pause) <= (item.since ?? now).advanced(by: policy.settleWithin) {
            // Its lane stays busy until then.
            setTimer(in: pause) { engine in
                engine.queue.free(item.lane, putBack: engine.delivers(item) ? [item] : [])
                engine.wakeWorkers()
            }
            return
        }
        let notBefore = options.now().advanced(by: pause)
        enqueue(.park(item, notBefore: notBefore, error: failure.description))
        if !item.isParked {
            // What waits behind it goes the same way.
            for later in queue.removeAll(of: item.lane) { follow(later) }
        }
        free([item])
    }

    /// Whether these deliveries go elsewhere, so that the handler was asked to give them up.
    private func isWithdrawing(_ items: [DeliveryItem]) -> Bool {
        isStopping || items.contains { !delivers($0) }
    }

    private func putBack(_ items: [DeliveryItem]) {
        for (lane, items) in Self.byLane(items) {
            queue.free(lane, putBack: items.filter { delivers($0) })
        }
        wakeWorkers()
    }

    private func free(_ items: [DeliveryItem]) {
        if items.count == 1 { return queue.free(items[0].lane) }
        for lane in Set(items.map(\.lane)) { queue.free(lane) }
    }

    private static func byLane(_ items: [DeliveryItem]) -> [(Lane, [DeliveryItem])] {
        var order: [Lane] = []
        var lanes: [Lane: [DeliveryItem]] = [:]
        for item in items {
            if lanes[item.lane] == nil { order.append(item.lane) }
            lanes[item.lane, default: []].append(item)
        }
        return order.map { ($0, lanes[$0] ?? []) }
    }

    private func stopForGood(_ reason: String) {
        guard !isGone else { return }
        isGone = true
        isStopping = true
        logger.error(
            "the handler is not to be called again; the registration pauses", metadata: ["reason": "\(reason)"])
        Task { await whenGone(reason) }
    }
}
